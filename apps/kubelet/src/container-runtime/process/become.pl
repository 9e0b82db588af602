# What shim.pl and enter.pl share: how a process becomes one of a container. Loads no module; see shim.pl.
use strict;
use warnings;

use constant {
    PR_CAPBSET_DROP     => 24,
    PR_SET_NO_NEW_PRIVS => 38,
    PR_SET_SECCOMP      => 22,
    SECCOMP_MODE_FILTER => 2,
    LAST_CAPABILITY     => 63,
};

my %CALLS = (
    x64   => { clock_gettime => 228, setsid => 112, prctl => 157, pidfd_open => 434, setns => 308 },
    arm64 => { clock_gettime => 113, setsid => 157, prctl => 167, pidfd_open => 434, setns => 268 },
);

# Numbers of the system calls that Perl has no function for, on the machines that Bun runs on.
sub system_calls {
    my ($spec) = @_;
    return $CALLS{ $spec->{machine}[0] } || die "no system call numbers for $spec->{machine}[0]\n";
}

# Reads a file of NUL-ended `key=value` records into lists by key.
sub read_spec {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!\n";
    local $/ = "\0";
    my %found;
    while (my $record = <$file>) {
        chomp $record;
        my ($key, $value) = split /=/, $record, 2;
        push @{ $found{$key} }, $value;
    }
    return \%found;
}

# Gives up every capability but those listed, then the user, then the hope of getting any back.
sub drop_privileges {
    my ($spec) = @_;
    my $prctl = system_calls($spec)->{prctl};
    if ($spec->{capabilities}) {
        my %keep = map { $_ => 1 } split /,/, $spec->{capabilities}[0];
        syscall($prctl, PR_CAPBSET_DROP, $_, 0, 0, 0) for grep { !$keep{$_} } 0 .. LAST_CAPABILITY;
    }
    switch_user($spec) if $spec->{uid};
    syscall($prctl, PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) if $spec->{no_new_privs};
    filter_calls($prctl, $spec->{seccomp_filter}) if $spec->{seccomp_filter};
}

# The filter was read beforehand: its file may be out of sight by now.
sub filter_calls {
    my ($prctl, $filter) = @_;
    my $program = pack 'S x6 P', length($filter) / 8, $filter;
    syscall($prctl, PR_SET_SECCOMP, SECCOMP_MODE_FILTER, $program) == 0 or exit 126;
}

sub read_filter {
    my ($spec) = @_;
    return if !$spec->{seccomp};
    open(my $file, '<:raw', $spec->{seccomp}[0]) or die "$spec->{seccomp}[0]: $!\n";
    local $/;
    $spec->{seccomp_filter} = <$file>;
}

sub switch_user {
    my ($spec) = @_;
    my ($uid, $gid) = ($spec->{uid}[0], $spec->{gid}[0]);
    $) = join ' ', $gid, $gid, split /,/, $spec->{groups}[0] || '';
    $( = $gid;
    ($<, $>) = ($uid, $uid);
    exit 126 if $< != $uid || $> != $uid || $( != $gid;
}

sub environment {
    my ($spec) = @_;
    return map { split /=/, $_, 2 } @{ $spec->{env} || [] };
}

# Joins the network namespace of a process, if that is to be. What was opened is that process's if it is there still:
# another may have got its ID.
sub join_network {
    my ($spec) = @_;
    return if !$spec->{network};
    my $namespace = open_namespace($spec->{network}[0]);
    my ($process, $started) = split / /, $spec->{network_process}[0];
    die "the pod has no network any more\n" if start_time($process) ne $started;
    join_namespace($spec, $namespace);
}

sub open_namespace {
    my ($path) = @_;
    open(my $file, '<', $path) or die "$path: $!\n";
    return $file;
}

sub join_namespace {
    my ($spec, $file) = @_;
    syscall(system_calls($spec)->{setns}, fileno $file, 0) == 0 or die "setns: $!\n";
}

# Ticks since boot at which a process started: with its ID, a name that is never used twice.
sub start_time {
    my ($pid) = @_;
    open(my $file, '<', "/proc/$pid/stat") or return '';
    local $/;    # the command's name may hold the end of a line
    my $stat = <$file>;
    return (split ' ', substr $stat, rindex($stat, ')') + 2)[19] // '';
}

1;
