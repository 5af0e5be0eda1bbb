// OpenSSL 3: libssl and libcrypto; below, what there are only macros for.
#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

// No renegotiation, compression or resumption; the server's order of suites holds.
static inline void acta_ssl_set_modes(SSL_CTX *context) {
  SSL_CTX_set_options(
      context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
                   SSL_OP_NO_TICKET);
  SSL_CTX_set_mode(
      context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER |
                   SSL_MODE_RELEASE_BUFFERS);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context, 0);
}

static inline int acta_ssl_set_versions(SSL_CTX *context, int oldest, int newest) {
  return SSL_CTX_set_min_proto_version(context, oldest) &&
         SSL_CTX_set_max_proto_version(context, newest);
}

static inline int acta_ssl_add_chain_certificate(SSL_CTX *context, X509 *certificate) {
  return SSL_CTX_add1_chain_cert(context, certificate) == 1;
}

// Server name indication.
static inline int acta_ssl_set_server_name(SSL *ssl, const char *name) {
  return SSL_set_tlsext_host_name(ssl, name) == 1;
}

static inline void acta_bio_want_more(BIO *bio) { BIO_set_retry_read(bio); }
static inline void acta_bio_clear(BIO *bio) { BIO_clear_retry_flags(bio); }

static inline int acta_x509_count(const STACK_OF(X509) *stack) { return sk_X509_num(stack); }
static inline X509 *acta_x509_at(const STACK_OF(X509) *stack, int index) {
  return sk_X509_value(stack, index);
}
static inline void acta_x509_free(STACK_OF(X509) *stack) { sk_X509_pop_free(stack, X509_free); }

// The names that a certificate is for: `GENERAL_NAME`s of its extension, one after the other.
typedef struct {
  int type;  // GEN_DNS, GEN_IPADD, …
  const unsigned char *bytes;
  int count;
} acta_alternative_name;

static inline int acta_name_count(const GENERAL_NAMES *names) { return sk_GENERAL_NAME_num(names); }
static inline acta_alternative_name acta_name_at(const GENERAL_NAMES *names, int index) {
  acta_alternative_name result = {-1, 0, 0};
  GENERAL_NAME *name = sk_GENERAL_NAME_value(names, index);
  ASN1_STRING *text = 0;
  if (name->type == GEN_DNS) text = name->d.dNSName;
  if (name->type == GEN_IPADD) text = name->d.iPAddress;
  if (text == 0) return result;
  result.type = name->type;
  result.bytes = ASN1_STRING_get0_data(text);
  result.count = ASN1_STRING_length(text);
  return result;
}

// A name as RFC 2253 writes it, in UTF-8.
static inline int acta_print_name(BIO *into, const X509_NAME *name) {
  return X509_NAME_print_ex(into, name, 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
}
