"""Has a distribution read cache tags from a header: DISTRIBUTION HEADER. The element is written
into the document by hand, so that a boto3 of before cache tags will do."""
import sys
import boto3

cf = boto3.client("cloudfront")
distribution, header = sys.argv[1:]


def name_header(params, **_):
    element = f"<CacheTagConfig><HeaderName>{header}</HeaderName></CacheTagConfig></DistributionConfig>"
    params["body"] = params["body"].replace(b"</DistributionConfig>", element.encode())


cf.meta.events.register("before-call.cloudfront.UpdateDistribution", name_header)
read = cf.get_distribution_config(Id=distribution)
cf.update_distribution(Id=distribution, IfMatch=read["ETag"], DistributionConfig=read["DistributionConfig"])
cf.get_waiter("distribution_deployed").wait(Id=distribution)
print("done")
