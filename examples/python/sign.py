#!/usr/bin/env python3
"""Signs a CloudFront URL or cookies with a private key. Needs Python 3.8 and the cryptography package."""

import argparse
import base64
import re
from pathlib import Path

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding


def policy(resource, expires, starts=None, ip=None):
    """The policy byte for byte: no white space, members in this order."""
    condition = f'"DateLessThan":{{"AWS:EpochTime":{expires}}}'
    if starts is not None:
        condition += f',"DateGreaterThan":{{"AWS:EpochTime":{starts}}}'
    if ip:
        condition += f',"IpAddress":{{"AWS:SourceIp":"{ip}"}}'
    return f'{{"Statement":[{{"Resource":"{resource}","Condition":{{{condition}}}}}]}}'.encode()


def sign(message, pem, hash_name):
    """RSA: PKCS#1 v1.5; ECDSA: DER."""
    key = serialization.load_pem_private_key(pem, password=None)
    algorithm = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}[hash_name]
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(algorithm))
    return key.sign(message, padding.PKCS1v15(), algorithm)


def encode(data):
    """CloudFront's Base64: - _ ~ in place of + = /."""
    return base64.b64encode(data).translate(bytes.maketrans(b"+=/", b"-_~")).decode()


def signing_parameters(o):
    """Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1, Hash-Algorithm."""
    text = policy(o.resource or o.url, o.expires, o.starts, o.ip)
    canned = not o.resource and o.starts is None and not o.ip
    parameters = {"Expires": str(o.expires)} if canned else {"Policy": encode(text)}
    parameters["Signature"] = encode(sign(text, o.key.read_bytes(), o.hash))
    parameters["Key-Pair-Id"] = o.key_id
    if o.hash != "SHA1":
        parameters["Hash-Algorithm"] = o.hash
    return parameters


def plain(text):
    """What needs no escape in JSON; a URL is percent-encoded, so it has nothing else."""
    if not re.fullmatch(r"[!#-\[\]-~]+", text):
        raise argparse.ArgumentTypeError("percent-encode everything but printable ASCII, and quotes and backslashes")
    return text


def seconds(text):
    """A Unix time in seconds: CloudFront refuses milliseconds."""
    if not re.fullmatch(r"[0-9]{1,10}", text):
        raise argparse.ArgumentTypeError("want Unix seconds")
    return int(text)


def main():
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("kind", choices=["url", "cookies"])
    cli.add_argument("--url", required=True, type=plain)
    cli.add_argument("--key", required=True, type=Path, help="PEM file of the private key")
    cli.add_argument("--key-id", required=True, type=plain)
    cli.add_argument("--expires", required=True, type=seconds, help="Unix seconds")
    cli.add_argument("--resource", type=plain, help="URL with wildcards; makes the policy custom, as do --starts and --ip")
    cli.add_argument("--starts", type=seconds, help="Unix seconds")
    cli.add_argument("--ip", type=plain, help="network, as 192.0.2.0/24")
    cli.add_argument("--hash", default="SHA1", choices=["SHA1", "SHA256"])
    o = cli.parse_args()
    pairs = signing_parameters(o).items()
    if o.kind == "url":
        print(o.url + ("&" if "?" in o.url else "?") + "&".join(f"{name}={value}" for name, value in pairs))
    else:
        print("Cookie: " + "; ".join(f"CloudFront-{name}={value}" for name, value in pairs))


main()
