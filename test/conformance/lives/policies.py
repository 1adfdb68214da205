"""Takes each kind of policy through its life with boto3, and a distribution that uses all
three behind an origin group. What is read can be written back unchanged."""
import copy
import boto3

cf = boto3.client("cloudfront")


def refused(code, call, **arguments):
    try:
        call(**arguments)
    except cf.exceptions.ClientError as e:
        assert e.response["Error"]["Code"] == code, e
    else:
        raise AssertionError(f"{code} was not answered")


def names(*items):
    return {"Quantity": len(items), "Items": list(items)}


KINDS = {
    "CachePolicy": ({
        "Name": "mine", "MinTTL": 1, "ParametersInCacheKeyAndForwardedToOrigin": {
            "EnableAcceptEncodingGzip": True, "EnableAcceptEncodingBrotli": True,
            "HeadersConfig": {"HeaderBehavior": "whitelist", "Headers": names("X-Tenant", "CloudFront-Is-Mobile-Viewer")},
            "CookiesConfig": {"CookieBehavior": "whitelist", "Cookies": names("wp-*")},
            "QueryStringsConfig": {"QueryStringBehavior": "allExcept", "QueryStrings": names("utm_source")}}},
        {"Comment": "", "DefaultTTL": 86400, "MaxTTL": 31536000}),
    "OriginRequestPolicy": ({
        "Name": "mine", "Comment": "c",
        "HeadersConfig": {"HeaderBehavior": "allViewerAndWhitelistCloudFront", "Headers": names("CloudFront-Viewer-Address")},
        "CookiesConfig": {"CookieBehavior": "all"},
        "QueryStringsConfig": {"QueryStringBehavior": "none"}}, {}),
    "ResponseHeadersPolicy": ({
        "Name": "mine", "Comment": "c",
        "CorsConfig": {
            "AccessControlAllowOrigins": names("https://app.example"), "AccessControlAllowHeaders": names("*"),
            "AccessControlAllowMethods": names("GET", "HEAD"), "AccessControlExposeHeaders": names("ETag"),
            "AccessControlAllowCredentials": False, "AccessControlMaxAgeSec": 600, "OriginOverride": True},
        "SecurityHeadersConfig": {
            "FrameOptions": {"Override": True, "FrameOption": "DENY"},
            "ContentSecurityPolicy": {"Override": True, "ContentSecurityPolicy": "default-src 'self'"}},
        "ServerTimingHeadersConfig": {"Enabled": True, "SamplingRate": 12.5},
        "CustomHeadersConfig": {"Quantity": 1, "Items": [{"Header": "X-A", "Value": "a & <b>", "Override": False}]},
        "RemoveHeadersConfig": {"Quantity": 1, "Items": [{"Header": "Server"}]}}, {}),
}


def call(verb, kind, suffix="", **arguments):
    snake = {"CachePolicy": "cache_polic", "OriginRequestPolicy": "origin_request_polic", "ResponseHeadersPolicy": "response_headers_polic"}[kind]
    return getattr(cf, f"{verb}_{snake}{'ies' if verb == 'list' else 'y'}{suffix}")(**arguments)


def live(kind, config, defaults):
    made = call("create", kind, **{kind + "Config": config})
    pid = made[kind]["Id"]
    assert made["Location"].endswith("/" + pid), made["Location"]
    read = call("get", kind, "_config", Id=pid)
    assert read[kind + "Config"] == {**config, **defaults}, read
    changed = call("update", kind, Id=pid, IfMatch=read["ETag"], **{kind + "Config": read[kind + "Config"]})
    assert changed["ETag"] != read["ETag"] and changed[kind][kind + "Config"] == read[kind + "Config"]
    listed, marker = [], None
    while True:
        page = call("list", kind, MaxItems="2", **({"Marker": marker} if marker else {}))[kind[:-1] + "yList"]
        listed += page.get("Items", [])
        marker = page.get("NextMarker")
        if not marker:
            break
    types = {p[kind]["Id"]: p["Type"] for p in listed}
    assert types.pop(pid) == "custom" and set(types.values()) == {"managed"}, types
    managed = next(p for p in listed if p["Type"] == "managed")[kind]
    refused(kind + "AlreadyExists", lambda: call("create", kind, **{kind + "Config": {**config, "Name": managed[kind + "Config"]["Name"]}}))
    etag = call("get", kind, Id=managed["Id"])["ETag"]
    refused("IllegalDelete", lambda: call("delete", kind, Id=managed["Id"], IfMatch=etag))
    return pid, changed["ETag"]


made = {kind: live(kind, *configs) for kind, configs in KINDS.items()}
s3 = {"S3OriginConfig": {"OriginAccessIdentity": ""}}
config = {
    "CallerReference": "policies", "Comment": "", "Enabled": True,
    "Origins": {"Quantity": 2, "Items": [
        {"Id": "a", "DomainName": "films-a.s3.amazonaws.com", **s3}, {"Id": "b", "DomainName": "films-b.s3.amazonaws.com", **s3}]},
    "OriginGroups": {"Quantity": 1, "Items": [{
        "Id": "g", "FailoverCriteria": {"StatusCodes": {"Quantity": 2, "Items": [403, 404]}},
        "Members": {"Quantity": 2, "Items": [{"OriginId": "a"}, {"OriginId": "b"}]}}]},
    "CustomErrorResponses": {"Quantity": 1, "Items": [{"ErrorCode": 404, "ErrorCachingMinTTL": 5}]},
    "DefaultCacheBehavior": {
        "TargetOriginId": "g", "ViewerProtocolPolicy": "allow-all",
        **{kind + "Id": pid for kind, (pid, _) in made.items()}},
}
d = cf.create_distribution(DistributionConfig=config)
did = d["Distribution"]["Id"]
cf.get_waiter("distribution_deployed").wait(Id=did)
for kind, (pid, etag) in made.items():
    refused(kind + "InUse", lambda: call("delete", kind, Id=pid, IfMatch=etag))
users = cf.list_distributions_by_response_headers_policy_id(ResponseHeadersPolicyId=made["ResponseHeadersPolicy"][0])
assert users["DistributionIdList"]["Items"] == [did], users
read = cf.get_distribution_config(Id=did)
off = copy.deepcopy(read["DistributionConfig"])
assert off["OriginGroups"] == config["OriginGroups"], off
off["Enabled"] = False
etag = cf.update_distribution(Id=did, IfMatch=read["ETag"], DistributionConfig=off)["ETag"]
cf.get_waiter("distribution_deployed").wait(Id=did)
cf.delete_distribution(Id=did, IfMatch=etag)
for kind, (pid, etag) in made.items():
    call("delete", kind, Id=pid, IfMatch=etag)
    refused("NoSuch" + kind, lambda: call("get", kind, Id=pid))
print("done")
