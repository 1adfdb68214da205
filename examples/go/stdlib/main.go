// Command stdlib signs a CloudFront URL or cookies with Go's standard library alone.
// Usage: stdlib url|cookies --url URL --key FILE --key-id ID --expires SECONDS
// [--resource PATTERN] [--starts SECONDS] [--ip CIDR] [--hash SHA1|SHA256]
package main

import (
	"cmp"
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"fmt"
	"log"
	"os"
	"regexp"
	"strings"
)

// policy is the policy byte for byte: no white space, members in this order. encoding/json
// would write & as \u0026, which no verifier rebuilds for a canned policy.
func policy(resource string, o map[string]string) string {
	condition := `"DateLessThan":{"AWS:EpochTime":` + o["expires"] + `}`
	if o["starts"] != "" {
		condition += `,"DateGreaterThan":{"AWS:EpochTime":` + o["starts"] + `}`
	}
	if o["ip"] != "" {
		condition += `,"IpAddress":{"AWS:SourceIp":"` + o["ip"] + `"}`
	}
	return `{"Statement":[{"Resource":"` + resource + `","Condition":{` + condition + `}}]}`
}

// sign makes an RSA PKCS#1 v1.5 or an ECDSA DER signature. It reads keys of the forms
// "PRIVATE KEY" (PKCS#8), "RSA PRIVATE KEY" (PKCS#1) and "EC PRIVATE KEY" (SEC 1).
func sign(message, pemText []byte, hash crypto.Hash) ([]byte, error) {
	for block, rest := pem.Decode(pemText); block != nil; block, rest = pem.Decode(rest) {
		for _, parse := range []func([]byte) (any, error){
			x509.ParsePKCS8PrivateKey,
			func(der []byte) (any, error) { return x509.ParsePKCS1PrivateKey(der) },
			func(der []byte) (any, error) { return x509.ParseECPrivateKey(der) },
		} {
			if key, err := parse(block.Bytes); err == nil {
				h := hash.New()
				h.Write(message)
				return key.(crypto.Signer).Sign(rand.Reader, h.Sum(nil), hash)
			}
		}
	}
	return nil, fmt.Errorf("no private key in the file")
}

// encode is CloudFront's Base64: - _ ~ in place of + = /.
func encode(data []byte) string {
	return strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString(data))
}

// signingParameters are Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1,
// Hash-Algorithm, as name=value.
func signingParameters(o map[string]string) ([]string, error) {
	text := []byte(policy(cmp.Or(o["resource"], o["url"]), o))
	pairs := []string{"Expires=" + o["expires"]}
	if o["resource"]+o["starts"]+o["ip"] != "" {
		pairs[0] = "Policy=" + encode(text)
	}
	pemText, err := os.ReadFile(o["key"])
	if err != nil {
		return nil, err
	}
	signature, err := sign(text, pemText, map[string]crypto.Hash{"SHA1": crypto.SHA1, "SHA256": crypto.SHA256}[o["hash"]])
	pairs = append(pairs, "Signature="+encode(signature), "Key-Pair-Id="+o["key-id"])
	if o["hash"] != "SHA1" {
		pairs = append(pairs, "Hash-Algorithm="+o["hash"])
	}
	return pairs, err
}

func main() {
	log.SetFlags(0)
	const plain, seconds = `[!#-\[\]-~]+`, `\d{1,10}` // a URL is percent-encoded; CloudFront refuses milliseconds
	allowed := map[string]string{
		"kind": "url|cookies", "url": plain, "key": ".+", "key-id": plain, "expires": seconds,
		"resource": plain, "starts": seconds, "ip": plain, "hash": "SHA1|SHA256",
	}
	o := map[string]string{"kind": "", "url": "", "key": "", "key-id": "", "expires": "", "hash": "SHA1"}
	for args := append([]string{"--kind"}, os.Args[1:]...); len(args) > 1; args = args[2:] {
		o[strings.TrimPrefix(args[0], "--")] = args[1]
	}
	for name, value := range o {
		if allowed[name] == "" || !regexp.MustCompile(`^(?:`+allowed[name]+`)$`).MatchString(value) {
			log.Fatalf("bad or missing %s", name)
		}
	}
	pairs, err := signingParameters(o)
	if err != nil {
		log.Fatal(err)
	}
	if o["kind"] == "cookies" {
		fmt.Println("Cookie: CloudFront-" + strings.Join(pairs, "; CloudFront-"))
	} else if strings.Contains(o["url"], "?") {
		fmt.Println(o["url"] + "&" + strings.Join(pairs, "&"))
	} else {
		fmt.Println(o["url"] + "?" + strings.Join(pairs, "&"))
	}
}
