#!/usr/bin/perl
# Carries one forwarded connection to a port of a pod: forward.pl SPECIFICATION
#
# Joins the pod's network namespace and connects there; says to the kubelet, over a unix socket, `ok` or what is
# wrong, in a line; then carries bytes both ways until both have ended, each half by a process of its own, so that who
# does not read holds up only who writes. Loads no module; see shim.pl.
use strict;
use warnings;

use constant {
    SIGKILL          => 9,
    PR_SET_PDEATHSIG => 1,
    READ_BYTES       => 65536,
    SHUT_WR          => 1,
    EINTR            => 4,
};

BEGIN { require './become.pl' }

my $path = shift @ARGV or die "usage: forward.pl SPECIFICATION\n";
my $spec = read_spec($path);
unlink $path;
$SIG{PIPE} = 'IGNORE';

socket(my $kubelet, 1, 1, 0) or die "socket: $!\n";    # AF_UNIX, SOCK_STREAM
connect($kubelet, pack 'S a*', 1, $spec->{socket}[0]) or die "$spec->{socket}[0]: $!\n";
write_all($kubelet, "$spec->{token}[0]\n");
my $pod = eval { join_network($spec); connect_pod() };
my $fault = $@ || 'no address';
chomp $fault;
write_all($kubelet, $pod ? "ok\n" : "$fault\n");
exit 1 if !$pod;

my $back = fork;
die "fork: $!\n" if !defined $back;
if (!$back) {
    syscall(system_calls($spec)->{prctl}, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    exit(copy($pod, $kubelet) ? 1 : 0);
}

# Nobody is left to write to when the way back has failed.
$SIG{CHLD} = sub { exit 1 if waitpid($back, 1) == $back && $? };
my $failed = copy($kubelet, $pod);
kill KILL => $back if $failed eq 'read';
# A pod that takes no more may have more to say. What it is sent is read all the same: a connection that is closed with
# something unread is reset.
discard($kubelet) if $failed eq 'write';
waitpid $back, 0;

# The first address that takes the connection; what the first one said, if none does.
sub connect_pod {
    my $first;
    for my $address (@{ $spec->{address} }) {
        my ($family, $peer) = peer_of($address, $spec->{port}[0]);
        socket(my $socket, $family, 1, 0) or next;
        if (connect($socket, $peer)) {
            setsockopt($socket, 6, 1, pack 'i', 1);    # TCP_NODELAY
            return $socket;
        }
        $first ||= lcfirst "$!";
    }
    die "$first\n" if $first;
}

# AF_INET, or AF_INET6 with an address in hexadecimal.
sub peer_of {
    my ($address, $port) = @_;
    return (2, pack 'S n C4 x8', 2, $port, split /\./, $address) if $address =~ /\./;
    return (10, pack 'S n N H32 N', 10, $port, 0, $address, 0);
}

# Until the end of input, which is passed on. Returns what went wrong: `read`, `write`, or nothing.
sub copy {
    my ($from, $to) = @_;
    while (1) {
        my $bytes = sysread $from, my $chunk, READ_BYTES;
        next if !defined $bytes && $! == EINTR;
        return 'read' if !defined $bytes;
        last if !$bytes;
        write_all($to, $chunk) or return 'write';
    }
    shutdown $to, SHUT_WR;
    return '';
}

# Until the end of input.
sub discard {
    my ($from) = @_;
    while (1) {
        my $bytes = sysread $from, my $refused, READ_BYTES;
        return if !$bytes && (defined $bytes || $! != EINTR);
    }
}

sub write_all {
    my ($to, $data) = @_;
    for (my $at = 0; $at < length $data;) {
        my $bytes = syswrite $to, $data, length($data) - $at, $at;
        next if !defined $bytes && $! == EINTR;
        return 0 if !defined $bytes;
        $at += $bytes;
    }
    return 1;
}
