"""A Swift program at Apache Kafka's TLS and SASL listeners; runs where KAFKA_HOME names a distribution."""

import subprocess
import time

import pytest

import kafka_broker
from broker import free_port, program

PASSWORD = "s3cret"
PRINTED = "partition 0, offset 1\n0 0 alice created\n0 1 alice paid\n0 2 bob created\n"
PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule required"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule required"


class Authority:
    """Certificates by the command openssl; `NAME.pem` has key and chain, `NAME.crt` the certificate."""

    def __init__(self, directory):
        self.directory = directory
        self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-keyout", self.path("ca.key"), "-out", self.path("ca.crt"), "-subj", "/CN=Test authority",
            "-days", "2")

    def path(self, name):
        return str(self.directory / name)

    def openssl(self, *arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    def issue(self, name, alternative_names):
        self.openssl(
            "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-CA", self.path("ca.crt"), "-CAkey", self.path("ca.key"), "-days", "2",
            "-keyout", self.path(f"{name}.key"), "-out", self.path(f"{name}.crt"),
            "-subj", f"/CN={name}", "-addext", f"subjectAltName={alternative_names}",
            "-addext", "basicConstraints=critical,CA:FALSE")
        with open(self.path(f"{name}.pem"), "w", encoding="utf-8") as joined:
            for part in (f"{name}.key", f"{name}.crt", "ca.crt"):
                with open(self.path(part), encoding="utf-8") as text:
                    joined.write(text.read())

    def pkcs12(self, name):
        self.openssl(
            "pkcs12", "-export", "-in", self.path(f"{name}.pem"), "-out", self.path(f"{name}.p12"),
            "-passout", f"pass:{PASSWORD}")


class Secured:
    """Kafka with a listener of each kind."""

    def __init__(self, directory):
        self.authority = Authority(directory)
        self.authority.issue("broker", "DNS:localhost,IP:127.0.0.1")
        self.authority.issue("alice", "DNS:alice")
        self.authority.issue("elsewhere", "DNS:kafka.example")
        self.authority.pkcs12("alice")
        names = ("SSL", "MTLS", "SASL_SSL", "SASL_PLAINTEXT", "ELSEWHERE")
        self.ports = {name: free_port() for name in names}
        settings = {
            "ssl.keystore.type": "PEM", "ssl.keystore.location": self.authority.path("broker.pem"),
            "ssl.truststore.type": "PEM", "ssl.truststore.location": self.authority.path("ca.crt"),
            "listener.name.mtls.ssl.client.auth": "required",
            "listener.name.elsewhere.ssl.keystore.location": self.authority.path("elsewhere.pem"),
            "listener.name.elsewhere.ssl.keystore.type": "PEM",
            "listener.security.protocol.map":
                "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SSL:SSL,MTLS:SSL,SASL_SSL:SASL_SSL,"
                "SASL_PLAINTEXT:SASL_PLAINTEXT,ELSEWHERE:SSL",
            "sasl.enabled.mechanisms": "PLAIN,SCRAM-SHA-256,SCRAM-SHA-512",
            "connections.max.reauth.ms": "3000"}
        for listener in ("sasl_ssl", "sasl_plaintext"):
            prefix = f"listener.name.{listener}"
            settings[f"{prefix}.plain.sasl.jaas.config"] = f'{PLAIN} user_alice="{PASSWORD}";'
            for mechanism in ("scram-sha-256", "scram-sha-512"):
                settings[f"{prefix}.{mechanism}.sasl.jaas.config"] = f"{SCRAM};"
        self.broker = kafka_broker.KafkaBroker(
            directory / "kafka",
            scram_users=[f"SCRAM-SHA-{bits}=[name=alice,password={PASSWORD}]" for bits in (256, 512)],
            **settings)
        for key in ("listeners", "advertised.listeners"):
            self.broker.settings[key] = ",".join(
                [self.broker.settings[key]]
                + [f"{name}://127.0.0.1:{port}" for name, port in self.ports.items()])
        self.broker.start()

    def properties(self, directory, listener, protocol, **settings):
        """A client's file of properties."""
        lines = {
            "bootstrap.servers": f"127.0.0.1:{self.ports.get(listener, self.broker.port)}",
            "security.protocol": protocol, "default.api.timeout.ms": "3000",
            "request.timeout.ms": "1000"}
        if protocol.endswith("SSL"):
            lines["ssl.truststore.type"] = "PEM"
            lines["ssl.truststore.location"] = self.authority.path("ca.crt")
        lines.update({key.replace("_", "."): value for key, value in settings.items()})
        path = directory / "client.properties"
        path.write_text("".join(f"{key}={value}\n" for key, value in lines.items() if value))
        return path


@pytest.fixture(scope="module")
def secured(tmp_path_factory):
    found = Secured(tmp_path_factory.mktemp("secured"))
    yield found
    found.broker.close()


def run(*arguments):
    done = subprocess.run(
        [program("CourseProgram"), *map(str, arguments)], stdin=subprocess.DEVNULL,
        capture_output=True, text=True, check=False, timeout=60)
    assert PASSWORD not in done.stdout + done.stderr
    return done


def describe(secured, tmp_path, *arguments, **settings):
    done = run("properties", secured.properties(tmp_path, *arguments, **settings))
    assert done.returncode == 0, done.stderr
    return done.stdout


def login(module, name="alice", password=PASSWORD):
    return f'{module} username="{name}" password="{password}";'


def test_records_over_tls_with_scram(secured):
    done = run(
        "secure", f"127.0.0.1:{secured.ports['SASL_SSL']}", "alice", PASSWORD,
        secured.authority.path("ca.crt"))
    assert done.returncode == 0, done.stderr
    assert done.stdout == PRINTED


@pytest.mark.parametrize("protocol", ["SASL_SSL", "SASL_PLAINTEXT"])
@pytest.mark.parametrize("mechanism, module", [
    ("PLAIN", PLAIN), ("SCRAM-SHA-256", SCRAM), ("SCRAM-SHA-512", SCRAM)])
def test_mechanisms(secured, tmp_path, protocol, mechanism, module):
    assert describe(
        secured, tmp_path, protocol, protocol, sasl_mechanism=mechanism,
        sasl_jaas_config=login(module)) == "brokers [1]\n"
    said = describe(
        secured, tmp_path, protocol, protocol, sasl_mechanism=mechanism,
        sasl_jaas_config=login(module, password="wrong"))
    assert said.startswith("not accepted: ") and "SASL_AUTHENTICATION_FAILED" in said
    assert "Authentication failed" in said


def test_certificates_of_clients(secured, tmp_path):
    assert describe(secured, tmp_path, "SSL", "SSL") == "brokers [1]\n"
    said = describe(secured, tmp_path, "MTLS", "SSL")
    assert said.startswith("not accepted: ") and "certificate" in said
    assert describe(
        secured, tmp_path, "MTLS", "SSL", ssl_keystore_type="PEM",
        ssl_keystore_location=secured.authority.path("alice.pem")) == "brokers [1]\n"
    assert describe(
        secured, tmp_path, "MTLS", "SSL", ssl_keystore_type="PKCS12",
        ssl_keystore_location=secured.authority.path("alice.p12"),
        ssl_keystore_password=PASSWORD) == "brokers [1]\n"


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_versions(secured, tmp_path, version):
    assert describe(
        secured, tmp_path, "SSL", "SSL", ssl_enabled_protocols=version) == "brokers [1]\n"
    said = describe(secured, tmp_path, "MTLS", "SSL", ssl_enabled_protocols=version)
    assert said.startswith("not accepted: "), said


def test_whom_the_client_does_not_accept(secured, tmp_path):
    said = describe(secured, tmp_path, "ELSEWHERE", "SSL")
    assert said.startswith("not accepted: ") and "for kafka.example, and not for 127.0.0.1" in said
    assert describe(
        secured, tmp_path, "ELSEWHERE", "SSL",
        ssl_endpoint_identification_algorithm=" ") == "brokers [1]\n"
    said = describe(
        secured, tmp_path, "SSL", "SSL", ssl_truststore_location="", ssl_truststore_type="")
    # The certificate that is not trusted is the one that the chain ends with.
    assert said.startswith("not accepted: ") and "CN=Test authority" in said and "not trusted" in said


def test_one_side_without_tls(secured, tmp_path):
    began = time.monotonic()
    said = describe(secured, tmp_path, "SSL", "PLAINTEXT")
    assert said.startswith("not accepted: ") and "speaks TLS" in said
    said = describe(secured, tmp_path, "PLAINTEXT", "SSL")
    assert said.startswith("failed: ") and "a listener without TLS does so" in said
    assert time.monotonic() - began < 20


def test_none_where_there_is_sasl(secured, tmp_path):
    said = describe(secured, tmp_path, "SASL_PLAINTEXT", "PLAINTEXT")
    assert said.startswith("failed: ") and "a listener that wants SASL does so" in said


def test_sasl_where_there_is_none(secured, tmp_path):
    said = describe(
        secured, tmp_path, "PLAINTEXT", "SASL_PLAINTEXT", sasl_mechanism="PLAIN",
        sasl_jaas_config=login(PLAIN))
    assert said.startswith("not accepted: ") and "ILLEGAL_SASL_STATE" in said
