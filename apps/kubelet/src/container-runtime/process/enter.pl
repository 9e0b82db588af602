#!/usr/bin/perl
# Runs a command among a container's processes: enter.pl SPECIFICATION
#
# Joins the namespaces of the process named in the specification before giving up privileges and executing, and
# runs nothing that lies in the container before that: a program placed there by a pod would run with the
# kubelet's rights. Ends as the command ended. The specification is removed once read; it holds an environment.
use strict;
use warnings;

use constant {
    SIGKILL          => 9,
    PR_SET_PDEATHSIG => 1,
    NS_GET_USERNS    => 0xb701,    # ioctl_ns(2)
};

require './become.pl';

my $path = shift @ARGV or die "usage: enter.pl SPECIFICATION\n";
my $spec = read_spec($path);
unlink $path;
my $call = system_calls($spec);
read_filter($spec);

# All are opened before the first is joined: the mount namespace takes /proc away.
my @namespaces = map { open_namespace($_) } @{ $spec->{namespace} || [] };
my $user       = $spec->{user_namespace} ? open_namespace($spec->{user_namespace}[0]) : undef;

# Without being root, the right to join namespaces is had in the user namespace that owns them. Bubblewrap then
# puts the container into a further one.
my $owner = $user ? owner_of($namespaces[0]) : undef;
join_namespace($_) for grep { defined } $owner, @namespaces;
join_namespace($user) if $user && (stat $user)[1] != (stat $owner)[1];

# A process joins a pid namespace with its children only. When told to end, this one ends the command and
# collects it: left to somebody else, a dead process would hold up the end of the container's namespace.
my $pid = fork;
die "fork: $!\n" if !defined $pid;
execute() if !$pid;
setpgrp $pid, $pid;
$SIG{TERM} = sub { kill KILL => -$pid };
1 while waitpid($pid, 0) < 0;
exit($? & 127 ? 128 + ($? & 127) : $? >> 8);

sub execute {
    my @command = @{ $spec->{arg} };
    setpgrp 0, 0;
    drop_privileges($spec);
    syscall($call->{prctl}, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    chdir $spec->{cwd}[0] or chdir '/';
    %ENV = environment($spec);
    no warnings 'exec';
    exec { $command[0] } @command;
    print STDERR qq{exec: "$command[0]": $!\n};
    exit 127;
}

sub open_namespace {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!\n";
    return $file;
}

sub join_namespace {
    my ($file) = @_;
    syscall($call->{setns}, fileno $file, 0) == 0 or die "setns: $!\n";
}

sub owner_of {
    my ($namespace) = @_;
    my $descriptor = ioctl $namespace, NS_GET_USERNS, 0 or die "NS_GET_USERNS: $!\n";
    open(my $file, '<&=', $descriptor) or die "NS_GET_USERNS: $!\n";
    return $file;
}
