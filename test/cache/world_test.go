package cache

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"

	"github.com/warmfront/warmfront/internal/nodetest"
)

// world is a node with one distribution before a scripted origin.
type world struct {
	node   *nodetest.Node
	clock  *nodetest.Clock
	origin *scripted
	domain string
	viewer *http.Client

	options  nodetest.Options
	protocol nodetest.Protocol
}

func newWorld(t *testing.T, rules string, protocol nodetest.Protocol) *world {
	w := &world{clock: nodetest.NewClock(), protocol: protocol}
	w.origin = newScripted(t, w.clock.Now)
	w.options = nodetest.Options{Now: w.clock.Now, CacheRules: rules, CacheStatus: true, Dir: t.TempDir()}
	w.node = nodetest.Start(t, w.options)
	w.viewer = w.node.Viewer(t, protocol)
	policy := element(t, w.api(t, "POST", "/cache-policy", cachePolicy), "Id")
	made := w.api(t, "POST", "/distribution", fmt.Sprintf(distribution, w.origin.port, policy))
	w.domain = element(t, made, "DomainName")
	for range 20 {
		if element(t, w.api(t, "GET", "/distribution/"+element(t, made, "Id"), ""), "Status") == "Deployed" {
			return w
		}
	}
	t.Fatal("the distribution was not deployed")
	return nil
}

// restart stops the node and runs another on its directory.
func (w *world) restart(t *testing.T) {
	t.Helper()
	w.node.Stop()
	w.node = nodetest.Start(t, w.options)
	w.viewer = w.node.Viewer(t, w.protocol)
}

const cachePolicy = `<CachePolicyConfig><Name>all</Name><MinTTL>0</MinTTL><DefaultTTL>0</DefaultTTL><MaxTTL>31536000</MaxTTL>
<ParametersInCacheKeyAndForwardedToOrigin><EnableAcceptEncodingGzip>false</EnableAcceptEncodingGzip>
<HeadersConfig><HeaderBehavior>none</HeaderBehavior></HeadersConfig><CookiesConfig><CookieBehavior>none</CookieBehavior></CookiesConfig>
<QueryStringsConfig><QueryStringBehavior>all</QueryStringBehavior></QueryStringsConfig></ParametersInCacheKeyAndForwardedToOrigin></CachePolicyConfig>`

// distribution forwards everything (the managed policy AllViewer) and allows every method.
const distribution = `<DistributionConfig><CallerReference>cases</CallerReference><Comment/><Enabled>true</Enabled>
<Origins><Quantity>1</Quantity><Items><Origin><Id>o</Id><DomainName>localhost</DomainName>
<CustomOriginConfig><HTTPPort>%d</HTTPPort><HTTPSPort>443</HTTPSPort><OriginProtocolPolicy>http-only</OriginProtocolPolicy></CustomOriginConfig>
</Origin></Items></Origins><DefaultCacheBehavior><TargetOriginId>o</TargetOriginId><ViewerProtocolPolicy>allow-all</ViewerProtocolPolicy>
<AllowedMethods><Quantity>7</Quantity><Items><Method>GET</Method><Method>HEAD</Method><Method>OPTIONS</Method><Method>PUT</Method><Method>POST</Method><Method>PATCH</Method><Method>DELETE</Method></Items>
<CachedMethods><Quantity>2</Quantity><Items><Method>GET</Method><Method>HEAD</Method></Items></CachedMethods></AllowedMethods>
<CachePolicyId>%s</CachePolicyId><OriginRequestPolicyId>216adef6-5c7f-47e4-b989-5492eafa07d3</OriginRequestPolicyId>
</DefaultCacheBehavior></DistributionConfig>`

func (w *world) api(t *testing.T, method, path, body string) []byte {
	t.Helper()
	req, err := http.NewRequest(method, w.node.API+"/2020-05-31"+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256([]byte(body))
	creds := aws.Credentials{AccessKeyID: w.node.Root.AccessKeyID, SecretAccessKey: w.node.Root.SecretAccessKey}
	if err := v4.NewSigner().SignHTTP(context.Background(), creds, req, hex.EncodeToString(sum[:]), "cloudfront", "us-east-1", w.clock.Now()); err != nil {
		t.Fatal(err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode >= 300 {
		t.Fatalf("%s %s: %d %s %v", method, path, resp.StatusCode, answer, err)
	}
	return answer
}

// element is the text of the first element with a local name.
func element(t *testing.T, doc []byte, name string) string {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(doc))
	for {
		token, err := dec.Token()
		if err != nil {
			t.Fatalf("no %s in %s", name, doc)
		}
		if start, ok := token.(xml.StartElement); ok && start.Name.Local == name {
			var text string
			if err := dec.DecodeElement(&text, &start); err != nil {
				t.Fatal(err)
			}
			return text
		}
	}
}
