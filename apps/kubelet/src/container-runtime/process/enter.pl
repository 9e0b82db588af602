#!/usr/bin/perl
# Runs a command among a container's processes: enter.pl SPECIFICATION
#
# Joins the namespaces of the process named in the specification before giving up privileges and executing, and
# runs nothing that lies in the container before that: a program placed there by a pod would run with the
# kubelet's rights. Carries the command's input and output over a connection to the kubelet (channel.pl), and ends
# the command when that is closed. The specification is removed once read; it holds an environment.
use strict;
use warnings;

use constant {
    SIGKILL          => 9,
    PR_SET_PDEATHSIG => 1,
    NS_GET_USERNS    => 0xb701,    # ioctl_ns(2)
    READ_BYTES       => 65536,
    DRAIN_SECONDS    => 2,         # for what others still write when the command has ended
    NOT_EXECUTABLE   => 126,
    NOT_FOUND        => 127,
    ENOENT           => 2,
};

BEGIN { require './become.pl'; require './channel.pl' }

my $path = shift @ARGV or die "usage: enter.pl SPECIFICATION\n";
my $spec = read_spec($path);
unlink $path;
my $call = system_calls($spec);
$SIG{PIPE} = 'IGNORE';
my $channel = connect_kubelet();
my ($pid, $pidfd, $input, $master, %readers);
my $is_collected = 0;
eval { launch(); 1 } or fail($@);
carry();

sub connect_kubelet {
    socket(my $socket, 1, 1, 0) or die "socket: $!\n";    # AF_UNIX, SOCK_STREAM
    setsockopt($socket, 1, 7, pack "i", FRAME_BYTES);    # SOL_SOCKET, SO_SNDBUF: what lies there is in nobody's accounts
    connect($socket, pack 'S a*', 1, $spec->{socket}[0]) or die "$spec->{socket}[0]: $!\n";
    my $made = new_channel($socket);
    $made->{out} = "$spec->{token}[0]\n";
    return $made;
}

sub fail {
    my ($message) = @_;
    chomp $message;
    send_frame($channel, 'F', $message);
    finish_channel($channel);
    exit 1;
}

# A process joins a pid namespace with its children only. This one collects the command: left to somebody else, a
# dead process would hold up the end of the container's namespace.
sub launch {
    read_filter($spec);
    join_namespaces();
    my %writers;
    my $terminal;
    if ($spec->{tty}) {
        ($master, $terminal) = open_terminal($spec->{terminal_device}[0], $spec);
        %writers = (stdin => $terminal, stdout => $terminal, stderr => $terminal);
        %readers = (stdout => $master);
        $input   = new_input($master);
        $input->{is_terminal} = 1;
    }
    else {
        pipe($readers{$_}, $writers{$_}) or die "pipe: $!\n" for qw(stdout stderr);
        pipe($writers{stdin}, my $feed) or die "pipe: $!\n";
        $input = new_input($feed);
        give_away($spec, values %writers);
    }
    $pid = fork;
    die "fork: $!\n" if !defined $pid;
    execute(\%writers, $terminal) if !$pid;
    $SIG{TERM} = sub { kill_command() };
    $pidfd = syscall($call->{pidfd_open}, $pid, 0);
    set_nonblocking($_) for values %readers, $input->{file};
    end_input($input) if !$spec->{stdin};
    send_frame($channel, 'P', $pid);
}

# All are opened before the first is joined: the mount namespace takes /proc away.
sub join_namespaces {
    my @namespaces = map { open_namespace($_) } @{ $spec->{namespace} || [] };
    my $user       = $spec->{user_namespace} ? open_namespace($spec->{user_namespace}[0]) : undef;
    check_process() if @namespaces;

    # Without being root, the right to join namespaces is had in the user namespace that owns them. Bubblewrap
    # then puts the container into a further one.
    my $owner = $user ? owner_of($namespaces[0]) : undef;
    join_namespace($spec, $_) for grep { defined } $owner, @namespaces;
    join_namespace($spec, $user) if $user && (stat $user)[1] != (stat $owner)[1];
}

# What was opened is the container's if its process is there still: another may have got its ID, of another pod or of
# the node.
sub check_process {
    my ($process, $started) = split / /, $spec->{process}[0];
    die "the container has ended\n" if start_time($process) ne $started;
}

sub execute {
    my ($files, $terminal) = @_;
    my @command = @{ $spec->{arg} };
    $SIG{$_} = 'DEFAULT' for qw(HUP INT QUIT TERM PIPE USR1 USR2 CHLD TSTP TTIN TTOU);
    syscall($call->{setsid});
    make_controlling($terminal) if $terminal;
    open(STDIN,  '<&', $files->{stdin});
    open(STDOUT, '>&', $files->{stdout});
    open(STDERR, '>&', $files->{stderr});
    umask 0022;
    drop_privileges($spec);
    syscall($call->{prctl}, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    chdir $spec->{cwd}[0] or chdir '/';
    %ENV = environment($spec);
    no warnings 'exec';
    exec { $command[0] } @command;
    my $found = $! != ENOENT;
    my $why = $found ? lcfirst $! : 'executable file not found in $PATH';
    $why = "stat $command[0]: no such file or directory" if !$found && $command[0] =~ m{/};
    print STDERR qq{exec: "$command[0]": $why\n};
    exit($found ? NOT_EXECUTABLE : NOT_FOUND);
}

# Carries until the command has ended and all that it wrote has been read. What goes on in the background and holds
# its output open is given some time to come to an end as well.
sub carry {
    my ($status, $deadline);
    while (1) {
        my $held = is_behind($channel);
        last if defined $status && (!%readers || (!$held && time >= $deadline));
        my ($readable, $writable) = wait_bits($held, $status);
        my $ready = select($readable, $writable, undef, defined $status ? 0.1 : $pidfd >= 0 ? undef : 0.2);
        if (!defined $status && waitpid($pid, 1) == $pid) {
            $status       = $?;
            $is_collected = 1;
            $deadline     = time + DRAIN_SECONDS;
            next;
        }
        next if $ready <= 0;
        flush_channel($channel);
        take_frames()       if vec $readable, fileno $channel->{socket}, 1;
        write_input($input) if has_input($input) && vec $writable, fileno $input->{file}, 1;
        for my $name (grep { vec $readable, fileno $readers{$_}, 1 } keys %readers) { read_output($name) }
        abandon() if $channel->{gone};
    }
    send_frame($channel, 'X', $status & 127 ? 128 + ($status & 127) : $status >> 8);
    finish_channel($channel);
    exit 0;
}

sub wait_bits {
    my ($held, $status) = @_;
    my ($readable, $writable) = ('', '');
    vec($readable, fileno $channel->{socket}, 1) = 1;
    vec($readable, $pidfd, 1) = 1 if $pidfd >= 0 && !defined $status;
    if (!$held) { vec($readable, fileno $readers{$_}, 1) = 1 for keys %readers }
    vec($writable, fileno $channel->{socket}, 1) = 1 if length $channel->{out};
    vec($writable, fileno $input->{file}, 1) = 1 if has_input($input);
    return ($readable, $writable);
}

sub take_frames {
    for my $frame (receive_frames($channel)) {
        my ($type, $data) = @$frame;
        if    ($type eq 'R') { resize_terminal($master, $data) if $master }
        elsif ($type ne 'I') { next }
        elsif (length $data) { add_input($input, $channel, $data) }
        else                 { end_input($input) }
    }
}

sub read_output {
    my ($name) = @_;
    my $bytes = sysread $readers{$name}, my $chunk, READ_BYTES;
    send_frame($channel, $name eq 'stdout' ? 'O' : 'E', $chunk) if $bytes;
    delete $readers{$name} if is_at_end($bytes);
}

# Nobody is there any more: the command and its process group end, and so does this.
sub abandon {
    kill_command();
    1 while waitpid($pid, 0) < 0 && $! == EINTR;
    exit 1;
}

# The process by itself too: it has no group of its own until it has made its session. The ID of a group is nobody
# else's as long as one of it lives; that of a process that was collected may be.
sub kill_command {
    kill KILL => $pid if !$is_collected;
    kill KILL => -$pid;
}

sub owner_of {
    my ($namespace) = @_;
    my $descriptor = ioctl $namespace, NS_GET_USERNS, 0 or die "NS_GET_USERNS: $!\n";
    open(my $file, '<&=', $descriptor) or die "NS_GET_USERNS: $!\n";
    return $file;
}
