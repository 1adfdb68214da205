// Command stdlib signs a CloudFront URL or cookies with Go's standard library alone.
package main

import (
	"crypto"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"flag"
	"fmt"
	"log"
	"math"
	"os"
	"regexp"
	"strings"
)

// policy is the policy byte for byte: no white space, members in this order. encoding/json
// would write & as \u0026, which no verifier rebuilds for a canned policy.
func policy(resource string, expires, starts int64, ip string) string {
	condition := fmt.Sprintf(`"DateLessThan":{"AWS:EpochTime":%d}`, expires)
	if starts != 0 {
		condition += fmt.Sprintf(`,"DateGreaterThan":{"AWS:EpochTime":%d}`, starts)
	}
	if ip != "" {
		condition += fmt.Sprintf(`,"IpAddress":{"AWS:SourceIp":"%s"}`, ip)
	}
	return fmt.Sprintf(`{"Statement":[{"Resource":"%s","Condition":{%s}}]}`, resource, condition)
}

// sign makes an RSA PKCS#1 v1.5 or an ECDSA DER signature.
func sign(message []byte, key crypto.Signer, hash crypto.Hash) (string, error) {
	h := hash.New()
	h.Write(message)
	signature, err := key.Sign(rand.Reader, h.Sum(nil), hash)
	return encode(signature), err
}

// encode is CloudFront's Base64: - _ ~ in place of + = /.
func encode(data []byte) string {
	return strings.NewReplacer("+", "-", "=", "_", "/", "~").Replace(base64.StdEncoding.EncodeToString(data))
}

// readKey reads "PRIVATE KEY" (PKCS#8), "RSA PRIVATE KEY" (PKCS#1) or "EC PRIVATE KEY" (SEC 1).
func readKey(file string) (crypto.Signer, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
			return key, nil
		}
		if key, err := x509.ParseECPrivateKey(block.Bytes); err == nil {
			return key, nil
		}
		if key, err := x509.ParsePKCS8PrivateKey(block.Bytes); err == nil {
			return key.(crypto.Signer), nil
		}
	}
	return nil, fmt.Errorf("%s holds no private key", file)
}

func main() {
	log.SetFlags(0)
	o := flag.NewFlagSet("sign url|cookies", flag.ExitOnError)
	url := o.String("url", "", "what to sign")
	keyFile := o.String("key", "", "PEM file of the private key")
	keyID := o.String("key-id", "", "public key or key pair id")
	expires := o.Int64("expires", 0, "Unix seconds")
	resource := o.String("resource", "", "URL with wildcards; makes the policy custom, as do --starts and --ip")
	starts := o.Int64("starts", 0, "Unix seconds")
	ip := o.String("ip", "", "network, as 192.0.2.0/24")
	hash := o.String("hash", "SHA1", "SHA1 or SHA256")
	if len(os.Args) < 2 || o.Parse(os.Args[2:]) != nil || *url == "" || *keyID == "" || *hash != "SHA1" && *hash != "SHA256" {
		o.Usage()
		os.Exit(2)
	}
	if *expires <= 0 || *expires > math.MaxInt32 || *starts < 0 || *starts > math.MaxInt32 {
		log.Fatal("dates are Unix seconds; CloudFront refuses milliseconds")
	}
	if !regexp.MustCompile(`^[!#-\[\]-~]+$`).MatchString(*url + *keyID + *resource + *ip) {
		log.Fatal("percent-encode everything but printable ASCII, and quotes and backslashes")
	}
	key, err := readKey(*keyFile)
	if err != nil {
		log.Fatal(err)
	}

	canned := *resource == "" && *starts == 0 && *ip == ""
	if *resource == "" {
		*resource = *url
	}
	text := []byte(policy(*resource, *expires, *starts, *ip))
	signature, err := sign(text, key, map[string]crypto.Hash{"SHA1": crypto.SHA1, "SHA256": crypto.SHA256}[*hash])
	if err != nil {
		log.Fatal(err)
	}
	pairs := []string{fmt.Sprintf("Expires=%d", *expires), "Signature=" + signature, "Key-Pair-Id=" + *keyID}
	if !canned {
		pairs[0] = "Policy=" + encode(text)
	}
	if *hash != "SHA1" {
		pairs = append(pairs, "Hash-Algorithm="+*hash)
	}
	if os.Args[1] == "cookies" {
		fmt.Println("Cookie: CloudFront-" + strings.Join(pairs, "; CloudFront-"))
	} else if strings.Contains(*url, "?") {
		fmt.Println(*url + "&" + strings.Join(pairs, "&"))
	} else {
		fmt.Println(*url + "?" + strings.Join(pairs, "&"))
	}
}
