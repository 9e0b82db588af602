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
};

require './become.pl';

my $path = shift @ARGV or die "usage: enter.pl SPECIFICATION\n";
my $spec = read_spec($path);
unlink $path;
my $call = system_calls($spec);

# All are opened before the first is joined: the mount namespace takes /proc away.
my @namespaces = map { open(my $file, '<', $_) or die "$_: $!\n"; $file } @{ $spec->{namespace} || [] };
for my $namespace (@namespaces) {
    syscall($call->{setns}, fileno $namespace, 0) == 0 or die "setns: $!\n";
}

# A process joins a pid namespace with its children only.
my $pid = fork;
die "fork: $!\n" if !defined $pid;
execute() if !$pid;
waitpid $pid, 0;
exit($? & 127 ? 128 + ($? & 127) : $? >> 8);

sub execute {
    my @command = @{ $spec->{arg} };
    drop_privileges($spec);
    syscall($call->{prctl}, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    chdir $spec->{cwd}[0] or chdir '/';
    %ENV = environment($spec);
    no warnings 'exec';
    exec { $command[0] } @command;
    print STDERR qq{exec: "$command[0]": $!\n};
    exit 127;
}
