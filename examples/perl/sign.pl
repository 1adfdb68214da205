#!/usr/bin/perl
# Signs a CloudFront URL or cookies with a private key. Needs Perl's core modules and the openssl command.
# Usage: sign.pl url|cookies --url URL --key FILE --key-id ID --expires SECONDS
#                [--resource PATTERN] [--starts SECONDS] [--ip CIDR] [--hash SHA1|SHA256]
use strict;
use warnings;
use Getopt::Long;
use IPC::Open2;
use MIME::Base64;

# The policy byte for byte: no white space, members in this order.
sub policy {
    my ($resource, %o) = @_;
    my $condition = qq("DateLessThan":{"AWS:EpochTime":$o{expires}});
    $condition .= qq(,"DateGreaterThan":{"AWS:EpochTime":$o{starts}}) if $o{starts};
    $condition .= qq(,"IpAddress":{"AWS:SourceIp":"$o{ip}"}) if $o{ip};
    return qq({"Statement":[{"Resource":"$resource","Condition":{$condition}}]});
}

# RSA: PKCS#1 v1.5; ECDSA: DER.
sub sign {
    my ($message, $key_file, $hash) = @_;
    my $pid = open2(my $out, my $in, 'openssl', 'dgst', '-' . lc $hash, '-sign', $key_file);
    binmode $out;
    print $in $message;
    close $in;
    my $signature = do { local $/; <$out> };
    waitpid $pid, 0;
    die "openssl could not sign\n" if $? != 0;
    return $signature;
}

# CloudFront's Base64: - _ ~ in place of + = /.
sub encode {
    my $text = encode_base64($_[0], '');
    $text =~ tr{+=/}{-_~};
    return $text;
}

# Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1, Hash-Algorithm, as name=value.
sub signing_parameters {
    my (%o) = @_;
    my $text = policy($o{resource} // $o{url}, %o);
    my $canned = !$o{resource} && !$o{starts} && !$o{ip};
    my @pairs = $canned ? "Expires=$o{expires}" : 'Policy=' . encode($text);
    push @pairs, 'Signature=' . encode(sign($text, $o{key}, $o{hash})), "Key-Pair-Id=$o{'key-id'}";
    push @pairs, "Hash-Algorithm=$o{hash}" if $o{hash} ne 'SHA1';
    return @pairs;
}

my %o = (hash => 'SHA1');
GetOptions(\%o, 'url=s', 'key=s', 'key-id=s', 'expires=s', 'resource=s', 'starts=s', 'ip=s', 'hash=s') or exit 2;
$o{kind} = shift @ARGV // '';
# Refuse what CloudFront would: a date that is no Unix time in seconds, a URL that is not percent-encoded.
my %allowed = (kind => qr/url|cookies/, key => qr/.+/, hash => qr/SHA1|SHA256/, expires => qr/\d{1,10}/, starts => qr/\d{1,10}/);
for my $name (qw(kind url key key-id expires), keys %o) {
    my $pattern = $allowed{$name} // qr/[!#-\[\]-~]+/;
    die "bad or missing $name\n" unless ($o{$name} // '') =~ /\A(?:$pattern)\z/;
}

my @pairs = signing_parameters(%o);
if ($o{kind} eq 'url') {
    print $o{url}, index($o{url}, '?') < 0 ? '?' : '&', join('&', @pairs), "\n";
} else {
    print 'Cookie: ', join('; ', map { "CloudFront-$_" } @pairs), "\n";
}
