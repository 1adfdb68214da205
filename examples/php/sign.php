#!/usr/bin/env php
<?php
// Signs a CloudFront URL or cookies with a private key. Needs PHP 7.1 or newer with its openssl extension.
// Usage: sign.php url|cookies --url URL --key FILE --key-id ID --expires SECONDS
//                 [--resource PATTERN] [--starts SECONDS] [--ip CIDR] [--hash SHA1|SHA256]

// The policy byte for byte: no white space, members in this order, slashes unescaped.
function policy(string $resource, array $o): string
{
    $condition = ['DateLessThan' => ['AWS:EpochTime' => (int) $o['expires']]];
    if (isset($o['starts'])) {
        $condition['DateGreaterThan'] = ['AWS:EpochTime' => (int) $o['starts']];
    }
    if (isset($o['ip'])) {
        $condition['IpAddress'] = ['AWS:SourceIp' => $o['ip']];
    }
    return json_encode(['Statement' => [['Resource' => $resource, 'Condition' => $condition]]], JSON_UNESCAPED_SLASHES);
}

// RSA: PKCS#1 v1.5; ECDSA: DER.
function sign(string $message, string $keyFile, string $hash): string
{
    $key = openssl_pkey_get_private(file_get_contents($keyFile));
    if (!$key || !openssl_sign($message, $signature, $key, $hash)) {
        throw new RuntimeException('cannot sign with ' . $keyFile);
    }
    return $signature;
}

// CloudFront's Base64: - _ ~ in place of + = /.
function encode(string $data): string
{
    return strtr(base64_encode($data), '+=/', '-_~');
}

// Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1, Hash-Algorithm, as name=value.
function signingParameters(array $o): array
{
    $text = policy($o['resource'] ?? $o['url'], $o);
    $canned = !isset($o['resource']) && !isset($o['starts']) && !isset($o['ip']);
    $pairs = [$canned ? 'Expires=' . $o['expires'] : 'Policy=' . encode($text)];
    $pairs[] = 'Signature=' . encode(sign($text, $o['key'], $o['hash']));
    $pairs[] = 'Key-Pair-Id=' . $o['key-id'];
    if ($o['hash'] !== 'SHA1') {
        $pairs[] = 'Hash-Algorithm=' . $o['hash'];
    }
    return $pairs;
}

$o = ['kind' => $argv[1] ?? '', 'hash' => 'SHA1'];
foreach (array_chunk(array_slice($argv, 2), 2) as $option) {
    $o[preg_replace('/^--/', '', $option[0])] = $option[1] ?? '';
}
// Refuse what CloudFront would: a date that is no Unix time in seconds, a URL that is not percent-encoded.
$plain = '[!#-\[\]-~]+';
$allowed = ['kind' => 'url|cookies', 'url' => $plain, 'key' => '.+', 'key-id' => $plain, 'expires' => '\d{1,10}',
    'resource' => $plain, 'starts' => '\d{1,10}', 'ip' => $plain, 'hash' => 'SHA1|SHA256'];
foreach (array_unique(array_merge(['url', 'key', 'key-id', 'expires'], array_keys($o))) as $name) {
    if (!isset($allowed[$name]) || !preg_match('~^(?:' . strtr($allowed[$name], ['~' => '\~']) . ')$~D', $o[$name] ?? '')) {
        fwrite(STDERR, "bad or missing $name\n");
        exit(2);
    }
}

$pairs = signingParameters($o);
if ($o['kind'] === 'url') {
    echo $o['url'], strpos($o['url'], '?') === false ? '?' : '&', implode('&', $pairs), "\n";
} else {
    echo 'Cookie: CloudFront-', implode('; CloudFront-', $pairs), "\n";
}
