# What the kernel remembers of UDP: `list FAMILY` prints a flow a line (source, destination and their ports, then who
# answers and its port); `delete FAMILY` forgets those whose lines are on standard input. FAMILY is 4 or 6.
# Speaks netlink (NETLINK_NETFILTER, nfnetlink_conntrack) itself, since not every node has conntrack-tools.
use strict;
use warnings;
use Socket qw(SOCK_RAW inet_ntop inet_pton AF_INET AF_INET6);

my ($command, $number) = @ARGV;
my $family = $number eq '6' ? AF_INET6 : AF_INET;
# CTA_IP_V4_SRC and _DST are 1 and 2, those of IPv6 3 and 4.
my $first = $number eq '6' ? 3 : 1;
use constant { AF_NETLINK => 16, NETLINK_NETFILTER => 12, UDP => 17, ENOENT => 2 };
use constant { GET => 0x101, DELETE => 0x102, REQUEST => 1, ACK => 4, DUMP => 0x300, NESTED => 0x8000 };
use constant { NLMSG_ERROR => 2, NLMSG_DONE => 3 };

socket(my $netlink, AF_NETLINK, SOCK_RAW, NETLINK_NETFILTER) or die "no netlink socket: $!\n";

sub ask {
  my ($type, $flags, $body) = @_;
  my $message = pack('CCn', $family, 0, 0) . $body;
  my $sent = send($netlink, pack('LSSLL', 16 + length $message, $type, $flags | REQUEST, 1, 0) . $message,
    0, pack('SSLL', AF_NETLINK, 0, 0, 0));
  defined $sent or die "cannot ask the kernel: $!\n";
}

# Calls back with the body of each message of the answer; returns the error that ended it, 0 for none.
sub answer {
  my ($each) = @_;
  while (1) {
    defined recv($netlink, my $data, 1 << 18, 0) or die "the kernel does not answer: $!\n";
    while (length $data >= 16) {
      my ($length, $type) = unpack('LS', $data);
      my $body = substr($data, 16, $length - 16);
      return 0 if $type == NLMSG_DONE;
      return -unpack('l', $body) if $type == NLMSG_ERROR;
      $each->(substr($body, 4));
      $data = substr($data, ($length + 3) & ~3);
    }
  }
}

sub attributes {
  my ($data) = @_;
  my %found;
  while (length $data >= 4) {
    my ($length, $type) = unpack('SS', $data);
    last if $length < 4;
    $found{$type & 0x3fff} = substr($data, 4, $length - 4);
    my $next = ($length + 3) & ~3;
    $data = $next < length $data ? substr($data, $next) : '';
  }
  return \%found;
}

sub attribute {
  my ($type, $value) = @_;
  my $padding = "\0" x (-length($value) & 3);
  return pack('SS', 4 + length $value, $type) . $value . $padding;
}

# A tuple (CTA_TUPLE_IP, CTA_TUPLE_PROTO): source, destination, ports, protocol.
sub tuple {
  my $parts = attributes($_[0]);
  my $ip = attributes($parts->{1} // '');
  my $proto = attributes($parts->{2} // '');
  my @addresses = map { defined $_ ? inet_ntop($family, $_) : '' } ($ip->{$first}, $ip->{$first + 1});
  return (@addresses, unpack('n', $proto->{2} // "\0\0"), unpack('n', $proto->{3} // "\0\0"),
    unpack('C', $proto->{1} // "\0"));
}

if ($command eq 'list') {
  ask(GET, DUMP, '');
  my $error = answer(sub {
    my $flow = attributes($_[0]);
    my ($source, $destination, $from, $to, $protocol) = tuple($flow->{1} // '');
    my ($answerer, undef, $answerPort) = tuple($flow->{2} // '');
    print "$source $destination $from $to $answerer $answerPort\n" if $protocol == UDP;
  });
  die "the kernel does not list its connections: error $error\n" if $error;
} elsif ($command eq 'delete') {
  while (my $line = <STDIN>) {
    my ($source, $destination, $from, $to) = split ' ', $line;
    my @ip = map { inet_pton($family, $_) // die "no address: $_\n" } ($source, $destination);
    my $ip = attribute(1 | NESTED, attribute($first, $ip[0]) . attribute($first + 1, $ip[1]));
    my $ports = attribute(1, pack('C', UDP)) . attribute(2, pack('n', $from)) . attribute(3, pack('n', $to));
    ask(DELETE, ACK, attribute(1 | NESTED, $ip . attribute(2 | NESTED, $ports)));
    my $error = answer(sub { });
    # It may have ended meanwhile.
    die "the kernel does not forget a connection: error $error\n" if $error && $error != ENOENT;
  }
}
