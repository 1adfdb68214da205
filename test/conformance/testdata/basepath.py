"""Buckets in host names, below the path of AWS_ENDPOINT_URL."""
import os
import socket
import urllib.request

import boto3
from botocore.client import Config

resolve = socket.getaddrinfo
socket.getaddrinfo = lambda host, *more, **named: resolve("127.0.0.1", *more, **named)

address = os.environ["AWS_ENDPOINT_URL"].replace("127.0.0.1", "localhost")
said = []
for version in ("s3v4", "s3"):
    config = Config(signature_version=version, s3={"addressing_style": "virtual"})
    s3 = boto3.client("s3", endpoint_url=address, config=config)
    if version == "s3v4":  # version 2 is for presigned URLs only
        assert [o["Key"] for o in s3.list_objects_v2(Bucket="based")["Contents"]] == ["a.txt"]
    link = s3.generate_presigned_url("get_object", Params={"Bucket": "based", "Key": "a.txt"})
    assert "//based.localhost:" in link and "/behind/warmfront/a.txt?" in link, link
    said.append(urllib.request.urlopen(link).read().decode())
assert said[0] == said[1], said
print(said[0] + ", in its host")
