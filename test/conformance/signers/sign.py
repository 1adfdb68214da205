"""Signs URLs with botocore's CloudFrontSigner, each by the openssl command.

Reads an array of {url, keyId, privateKeyFile, expires, starts, address, resource} as JSON from
standard input and writes an array of {"url": ...}.
"""
import datetime
import json
import subprocess
import sys

from botocore.signers import CloudFrontSigner


def when(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc)


def sign(job):
    def openssl(message):
        command = ["openssl", "dgst", "-sha1", "-sign", job["privateKeyFile"]]
        return subprocess.run(command, input=message, stdout=subprocess.PIPE, check=True).stdout

    signer = CloudFrontSigner(job["keyId"], openssl)
    if not (job.get("starts") or job.get("address") or job.get("resource")):
        return signer.generate_presigned_url(job["url"], date_less_than=when(job["expires"]))
    policy = signer.build_policy(
        job.get("resource") or job["url"],
        when(job["expires"]),
        date_greater_than=when(job["starts"]) if job.get("starts") else None,
        ip_address=job.get("address"),
    )
    return signer.generate_presigned_url(job["url"], policy=policy)


json.dump([{"url": sign(job)} for job in json.load(sys.stdin)], sys.stdout)
