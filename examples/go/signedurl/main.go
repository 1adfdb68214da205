// Command signedurl signs a CloudFront URL or cookies with this module's signedurl package.
package main

import (
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/warmfront/warmfront/signedurl"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) < 2 {
		log.Fatal("usage: sign url|cookies --url URL --key FILE --key-id ID --expires SECONDS [options]")
	}
	out, err := run(os.Args[1], os.Args[2:])
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(out)
}

func run(kind string, args []string) (string, error) {
	var signer signedurl.Signer
	var policy signedurl.Policy
	o := flag.NewFlagSet("sign", flag.ExitOnError)
	url := o.String("url", "", "what to sign")
	key := o.String("key", "", "PEM file of the private key")
	o.StringVar(&signer.KeyID, "key-id", "", "public key or key pair id")
	expires := o.Int64("expires", 0, "Unix seconds")
	o.StringVar(&policy.Resource, "resource", "", "URL with wildcards; makes the policy custom, as do --starts and --ip")
	starts := o.Int64("starts", 0, "Unix seconds")
	ip := o.String("ip", "", "network, as 192.0.2.0/24")
	hash := o.String("hash", "SHA1", "SHA1 or SHA256")
	if err := o.Parse(args); err != nil {
		return "", err
	}
	pem, err := os.ReadFile(*key)
	if err != nil {
		return "", err
	}
	if signer.PrivateKey, err = signedurl.ParsePrivateKey(pem); err != nil {
		return "", err
	}
	if *hash == "SHA256" {
		signer.Hash = signedurl.SHA256
	} else if *hash != "SHA1" {
		return "", errors.New("--hash is SHA1 or SHA256")
	}
	policy.Expires = time.Unix(*expires, 0)
	if *starts != 0 {
		policy.Starts = time.Unix(*starts, 0)
	}
	if *ip != "" {
		var ok bool
		if policy.SourceIP, ok = signedurl.ParseNetwork(*ip); !ok {
			return "", errors.New("--ip is a network, as 192.0.2.0/24")
		}
	}
	switch kind {
	case "url":
		return signer.SignURL(*url, policy) // canned unless the policy needs more
	case "cookies":
		policy.Canned = policy.Resource == "" && policy.Starts.IsZero() && !policy.SourceIP.IsValid()
		if policy.Resource == "" {
			policy.Resource = *url
		}
		cookies, err := signer.SignCookies(policy) // a server would hand each to http.SetCookie
		var pairs []string
		for _, c := range cookies {
			pairs = append(pairs, c.Name+"="+c.Value)
		}
		return "Cookie: " + strings.Join(pairs, "; "), err
	}
	return "", errors.New("say url or cookies")
}
