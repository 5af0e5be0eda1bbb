"""The partitioners of the clients, written anew from their description, to check against."""

import zlib


def murmur2(key):
    """Kafka's murmur2 of a key, 32 bits, unsigned."""
    mask, multiplier = 0xFFFFFFFF, 0x5BD1E995
    hash_ = 0x9747B28C ^ len(key)
    whole = len(key) & ~3
    for index in range(0, whole, 4):
        k = int.from_bytes(key[index:index + 4], "little") * multiplier & mask
        k = (k ^ k >> 24) * multiplier & mask
        hash_ = (hash_ * multiplier & mask) ^ k
    if len(key) > whole:
        hash_ = (hash_ ^ int.from_bytes(key[whole:], "little")) * multiplier & mask
    hash_ = (hash_ ^ hash_ >> 13) * multiplier & mask
    return hash_ ^ hash_ >> 15


def java_partition(key, partitions):
    """What Java clients, kafka-python and aiokafka choose; librdkafka as `murmur2_random`."""
    return (murmur2(key) & 0x7FFFFFFF) % partitions


def librdkafka_partition(key, partitions):
    """librdkafka's default, `consistent_random`, for keys that are not empty."""
    return zlib.crc32(key) % partitions
