#!/usr/bin/env ruby
# Signs a CloudFront URL or cookies with a private key. Needs Ruby 2.7 or newer, and no gem.
require 'json'
require 'openssl'
require 'optparse'

# The policy byte for byte: no white space, members in this order.
def policy(resource, expires:, starts: nil, ip: nil, **)
  condition = { 'DateLessThan' => { 'AWS:EpochTime' => expires } }
  condition['DateGreaterThan'] = { 'AWS:EpochTime' => starts } if starts
  condition['IpAddress'] = { 'AWS:SourceIp' => ip } if ip
  JSON.generate('Statement' => [{ 'Resource' => resource, 'Condition' => condition }])
end

# CloudFront's Base64: - _ ~ in place of + = /.
def encode(data)
  [data].pack('m0').tr('+=/', '-_~')
end

# Expires or Policy, Signature, Key-Pair-Id and, unless SHA-1, Hash-Algorithm, as name=value.
def signing_parameters(o)
  text = policy(o[:resource] || o[:url], **o)
  canned = !(o[:resource] || o[:starts] || o[:ip])
  signature = OpenSSL::PKey.read(File.read(o[:key])).sign(o[:hash], text) # RSA: PKCS#1 v1.5; ECDSA: DER
  pairs = [canned ? "Expires=#{o[:expires]}" : "Policy=#{encode(text)}"]
  pairs << "Signature=#{encode(signature)}" << "Key-Pair-Id=#{o[:'key-id']}"
  pairs << "Hash-Algorithm=#{o[:hash]}" unless o[:hash] == 'SHA1'
  pairs
end

seconds = /\A\d{1,10}\z/     # CloudFront refuses milliseconds
plain = /\A[!#-\[\]-~]+\z/   # a URL is percent-encoded, so it has nothing else
o = { hash: 'SHA1' }
options = OptionParser.new do |cli|
  cli.banner = 'usage: sign.rb url|cookies --url URL --key FILE --key-id ID --expires SECONDS [options]'
  cli.on('--url URL', plain)
  cli.on('--key FILE', 'PEM file of the private key')
  cli.on('--key-id ID', plain)
  cli.on('--expires SECONDS', seconds, 'Unix time') { |text| o[:expires] = Integer(text, 10) }
  cli.on('--resource PATTERN', plain, 'URL with wildcards; makes the policy custom, as do --starts and --ip')
  cli.on('--starts SECONDS', seconds, 'Unix time') { |text| o[:starts] = Integer(text, 10) }
  cli.on('--ip CIDR', plain, 'network, as 192.0.2.0/24')
  cli.on('--hash NAME', %w[SHA1 SHA256])
end
kind, = options.parse!(into: o)
abort options.help unless %w[url cookies].include?(kind) && o[:url] && o[:key] && o[:'key-id'] && o[:expires]

pairs = signing_parameters(o)
if kind == 'url'
  puts o[:url] + (o[:url].include?('?') ? '&' : '?') + pairs.join('&')
else
  puts 'Cookie: ' + pairs.map { |pair| "CloudFront-#{pair}" }.join('; ')
end
