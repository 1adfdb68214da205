"""Signs one URL with botocore's CloudFrontSigner, RSA by the openssl command.

Reads {url, keyId, privateKeyFile, expires, starts, address} as JSON from standard input and
writes {"url": ...}.
"""
import datetime
import json
import subprocess
import sys

from botocore.signers import CloudFrontSigner

job = json.load(sys.stdin)


def rsa_signer(message):
    command = ["openssl", "dgst", "-sha1", "-sign", job["privateKeyFile"]]
    return subprocess.run(command, input=message, stdout=subprocess.PIPE, check=True).stdout


def when(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


signer = CloudFrontSigner(job["keyId"], rsa_signer)
if job.get("starts") or job.get("address"):
    policy = signer.build_policy(
        job["url"],
        when(job["expires"]),
        date_greater_than=when(job["starts"]) if job.get("starts") else None,
        ip_address=job.get("address"),
    )
    url = signer.generate_presigned_url(job["url"], policy=policy)
else:
    url = signer.generate_presigned_url(job["url"], date_less_than=when(job["expires"]))
json.dump({"url": url}, sys.stdout)
