// Signs a CloudFront URL or cookies with a private key. Runs on Mono and .NET; Mono reads no PEM keys and has
// no ECDSA, so the openssl command signs. On .NET alone, see README.md for a Sign without it.
// Usage: url|cookies --url URL --key FILE --key-id ID --expires SECONDS
//        [--resource PATTERN] [--starts SECONDS] [--ip CIDR] [--hash SHA1|SHA256]
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Text;
using System.Text.RegularExpressions;

static class Signer
{
    // The policy byte for byte: no white space, members in this order.
    static string Policy(string resource, Dictionary<string, string> o)
    {
        var condition = "\"DateLessThan\":{\"AWS:EpochTime\":" + o["expires"] + "}";
        if (o.ContainsKey("starts")) condition += ",\"DateGreaterThan\":{\"AWS:EpochTime\":" + o["starts"] + "}";
        if (o.ContainsKey("ip")) condition += ",\"IpAddress\":{\"AWS:SourceIp\":\"" + o["ip"] + "\"}";
        return "{\"Statement\":[{\"Resource\":\"" + resource + "\",\"Condition\":{" + condition + "}}]}";
    }

    // RSA: PKCS#1 v1.5; ECDSA: DER.
    static byte[] Sign(byte[] message, string keyFile, string hash)
    {
        var arguments = "dgst -" + hash.ToLowerInvariant() + " -sign \"" + keyFile + "\"";
        var start = new ProcessStartInfo("openssl", arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        using (var openssl = Process.Start(start))
        using (var signature = new MemoryStream())
        {
            openssl.StandardInput.BaseStream.Write(message, 0, message.Length);
            openssl.StandardInput.Close();
            openssl.StandardOutput.BaseStream.CopyTo(signature);
            openssl.WaitForExit();
            if (openssl.ExitCode != 0) throw new Exception("openssl could not sign");
            return signature.ToArray();
        }
    }

    // CloudFront's Base64: - _ ~ in place of + = /.
    static string Encode(byte[] data)
    {
        return Convert.ToBase64String(data).Replace('+', '-').Replace('=', '_').Replace('/', '~');
    }

    // Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1, Hash-Algorithm, as name=value.
    static List<string> SigningParameters(Dictionary<string, string> o)
    {
        var text = Encoding.ASCII.GetBytes(Policy(o.ContainsKey("resource") ? o["resource"] : o["url"], o));
        var canned = !o.ContainsKey("resource") && !o.ContainsKey("starts") && !o.ContainsKey("ip");
        var pairs = new List<string> { canned ? "Expires=" + o["expires"] : "Policy=" + Encode(text) };
        pairs.Add("Signature=" + Encode(Sign(text, o["key"], o["hash"])));
        pairs.Add("Key-Pair-Id=" + o["key-id"]);
        if (o["hash"] != "SHA1") pairs.Add("Hash-Algorithm=" + o["hash"]);
        return pairs;
    }

    // Refuses what CloudFront would: a date that is no Unix time in seconds, a URL that is not percent-encoded.
    static Dictionary<string, string> Options(string[] args)
    {
        const string plain = @"[!#-\[\]-~]+", seconds = "[0-9]{1,10}";
        var allowed = new Dictionary<string, string> { { "kind", "url|cookies" }, { "url", plain }, { "key", "[^\"]+" }, { "key-id", plain },
            { "expires", seconds }, { "resource", plain }, { "starts", seconds }, { "ip", plain }, { "hash", "SHA1|SHA256" } };
        var o = new Dictionary<string, string> { { "kind", args.Length > 0 ? args[0] : "" }, { "hash", "SHA1" } };
        for (var i = 1; i < args.Length; i += 2) o[Regex.Replace(args[i], "^--", "")] = i + 1 < args.Length ? args[i + 1] : "";
        foreach (var name in new[] { "url", "key", "key-id", "expires" }) if (!o.ContainsKey(name)) o[name] = "";
        foreach (var option in o)
            if (!allowed.ContainsKey(option.Key) || !Regex.IsMatch(option.Value, @"\A(?:" + allowed[option.Key] + @")\z"))
                throw new ArgumentException("bad or missing " + option.Key);
        return o;
    }

    static void Main(string[] args)
    {
        var o = Options(args);
        var pairs = SigningParameters(o);
        Console.WriteLine(o["kind"] == "url"
            ? o["url"] + (o["url"].Contains("?") ? "&" : "?") + string.Join("&", pairs)
            : "Cookie: CloudFront-" + string.Join("; CloudFront-", pairs));
    }
}
