// Signs a CloudFront URL or cookies with a private key. Needs JDK 11 or newer: java Sign.java …
// Usage: url|cookies --url URL --key FILE --key-id ID --expires SECONDS
//        [--resource PATTERN] [--starts SECONDS] [--ip CIDR] [--hash SHA1|SHA256]
import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.*;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.*;

public class Sign {
    /** The policy byte for byte: no white space, members in this order. */
    static String policy(String resource, Map<String, String> o) {
        String condition = "\"DateLessThan\":{\"AWS:EpochTime\":" + o.get("expires") + "}";
        if (o.containsKey("starts")) condition += ",\"DateGreaterThan\":{\"AWS:EpochTime\":" + o.get("starts") + "}";
        if (o.containsKey("ip")) condition += ",\"IpAddress\":{\"AWS:SourceIp\":\"" + o.get("ip") + "\"}";
        return "{\"Statement\":[{\"Resource\":\"" + resource + "\",\"Condition\":{" + condition + "}}]}";
    }

    /** RSA: PKCS#1 v1.5; ECDSA: DER. */
    static byte[] sign(byte[] message, PrivateKey key, String hash) throws GeneralSecurityException {
        Signature signature = Signature.getInstance(hash + "with" + (key.getAlgorithm().equals("EC") ? "ECDSA" : "RSA"));
        signature.initSign(key);
        signature.update(message);
        return signature.sign();
    }

    /** CloudFront's Base64: - _ ~ in place of + = /. */
    static String encode(byte[] data) {
        return Base64.getEncoder().encodeToString(data).replace('+', '-').replace('=', '_').replace('/', '~');
    }

    /** Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1, Hash-Algorithm, as name=value. */
    static List<String> signingParameters(Map<String, String> o) throws Exception {
        byte[] text = policy(o.getOrDefault("resource", o.get("url")), o).getBytes(StandardCharsets.US_ASCII);
        boolean canned = !o.containsKey("resource") && !o.containsKey("starts") && !o.containsKey("ip");
        List<String> pairs = new ArrayList<>();
        pairs.add(canned ? "Expires=" + o.get("expires") : "Policy=" + encode(text));
        pairs.add("Signature=" + encode(sign(text, readKey(Files.readString(Path.of(o.get("key")))), o.get("hash"))));
        pairs.add("Key-Pair-Id=" + o.get("key-id"));
        if (!o.get("hash").equals("SHA1")) pairs.add("Hash-Algorithm=" + o.get("hash"));
        return pairs;
    }

    /** Java reads PKCS#8 only: the older forms, "RSA PRIVATE KEY" and "EC PRIVATE KEY", are wrapped in it. */
    static PrivateKey readKey(String pem) throws GeneralSecurityException {
        byte[] key = Base64.getMimeDecoder().decode(pem.replaceAll("(?s).*-----BEGIN [A-Z ]*PRIVATE KEY-----|-----END.*", ""));
        String algorithm = pem.contains("BEGIN RSA ") ? "300d06092a864886f70d0101010500"
            : pem.contains("BEGIN EC ") ? "301306072a8648ce3d020106082a8648ce3d030107" : null; // rsaEncryption; EC on P-256
        if (algorithm != null) key = der(0x30, der(2, new byte[1]), new BigInteger(algorithm, 16).toByteArray(), der(4, key));
        try {
            return KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(key));
        } catch (InvalidKeySpecException notRSA) {
            return KeyFactory.getInstance("EC").generatePrivate(new PKCS8EncodedKeySpec(key));
        }
    }

    static byte[] der(int tag, byte[]... parts) {
        ByteArrayOutputStream body = new ByteArrayOutputStream(), out = new ByteArrayOutputStream();
        for (byte[] part : parts) body.writeBytes(part);
        out.write(tag);
        if (body.size() > 255) out.writeBytes(new byte[] {(byte) 0x82, (byte) (body.size() >> 8)});
        else if (body.size() > 127) out.write(0x81);
        out.write(body.size());
        out.writeBytes(body.toByteArray());
        return out.toByteArray();
    }

    /** Refuses what CloudFront would: a date that is no Unix time in seconds, a URL that is not percent-encoded. */
    static Map<String, String> options(String[] args) {
        String plain = "[!#-\\[\\]-~]+", seconds = "\\d{1,10}";
        Map<String, String> allowed = Map.of("kind", "url|cookies", "url", plain, "key", ".+", "key-id", plain, "expires", seconds,
            "resource", plain, "starts", seconds, "ip", plain, "hash", "SHA1|SHA256");
        Map<String, String> o = new HashMap<>(Map.of("kind", args.length > 0 ? args[0] : "", "hash", "SHA1"));
        for (int i = 1; i < args.length; i += 2) o.put(args[i].replaceFirst("^--", ""), i + 1 < args.length ? args[i + 1] : "");
        for (String name : List.of("url", "key", "key-id", "expires")) o.putIfAbsent(name, "");
        o.forEach((name, value) -> {
            if (!value.matches(allowed.getOrDefault(name, ""))) throw new IllegalArgumentException("bad or missing " + name);
        });
        return o;
    }

    public static void main(String[] args) throws Exception {
        Map<String, String> o = options(args);
        List<String> pairs = signingParameters(o);
        System.out.println(o.get("kind").equals("url")
            ? o.get("url") + (o.get("url").contains("?") ? "&" : "?") + String.join("&", pairs)
            : "Cookie: CloudFront-" + String.join("; CloudFront-", pairs));
    }
}
