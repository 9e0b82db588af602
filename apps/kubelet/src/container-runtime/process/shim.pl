#!/usr/bin/perl
# The supervisor of one container: shim.pl DIRECTORY
#
# It stands between a container and the kubelet so that neither needs the other to live. It turns the
# container's output into CRI log lines, records how it started and ended, and outlives a kubelet that is
# killed; a container whose shim is killed dies with it. Perl, because every Debian has it (perl-base is
# essential), and because one shim costs 3.5 MB where one `bun` costs 21 MB (both measured, PSS). It loads no
# module: POSIX and Time::HiRes would double that, and the second is not in perl-base.
#
# Reads  DIRECTORY/shim.spec   NUL-ended `key=value` records (see shim-specification.ts)
# Writes DIRECTORY/started     JSON, once the container's process runs; and says `started` on its output
#        DIRECTORY/exit        JSON, once it has ended and its last line is in the log
# Serves DIRECTORY/attach.sock  who attaches gets the output from then on, and may give input (channel.pl)
# SIGUSR1 makes it open the log path anew. It runs in the directory of become.pl.
use strict;
use warnings;

use constant {
    LOCK_EX_NB       => 6,
    SIGKILL          => 9,
    WNOHANG          => 1,
    PR_SET_PDEATHSIG => 1,
    PR_SET_SUBREAPER => 36,
    READ_BYTES       => 65536,
    LINE_BYTES       => 16384,    # CRI runtimes cut longer lines into records tagged P
    DRAIN_SECONDS    => 2,
};

BEGIN { require './become.pl'; require './channel.pl' }

my $directory = shift @ARGV or die "usage: shim.pl DIRECTORY\n";
my $spec      = read_spec("$directory/shim.spec");
my $call      = system_calls($spec);

umask 0027;
open(my $lock, '>', "$directory/lock") or die "lock: $!\n";
flock($lock, LOCK_EX_NB) or exit 0;    # another shim has this container
syscall($call->{prctl}, PR_SET_SUBREAPER, 1, 0, 0, 0);

my $reopen = 0;
$SIG{$_}   = 'IGNORE' for qw(HUP INT TERM PIPE);
$SIG{USR1} = sub { $reopen = 1 };
$SIG{CHLD} = sub { };                  # interrupts select, so that orphans are reaped

write_file('shim', sprintf '{"pid":%d,"startTime":"%s"}', $$, start_time($$));
my $log     = open_log();
my %pending = (stdout => '', stderr => '');
my $long_line = qr/^[^\n]{@{[LINE_BYTES + 1]}}/m;
my ($stamp_second, $stamp_text, $last_error) = (0, '', '');
my ($setting_up, $started, $finished) = (0, 0, 0);

# Who is attached; where their input goes; the container's terminal, if it has one.
my $listener = listen_for_clients();
my (@clients, $input, $terminal);
run();

sub run {
    my ($main, %readers) = launch();
    my ($status, $deadline);
    my $pidfd = syscall($call->{pidfd_open}, $main, 0);
    while (1) {
        if (!defined $status && defined(my $ended = reap($main))) {
            $status   = $ended;
            $deadline = time + DRAIN_SECONDS;
            kill KILL => -$main;
        }
        my $drained = !grep { $_ ne 'status' } keys %readers;
        last if defined $status && ($drained && !kill_orphans() || time >= $deadline);
        my ($bits, $writable) = wait_bits(\%readers, $status);
        vec($bits, $pidfd, 1) = 1 if $pidfd >= 0 && !defined $status;
        my $wait  = defined $status ? 0.05 : $setting_up ? 0.002 : $pidfd >= 0 ? 5 : 0.2;
        my $ready = select($bits, $writable, undef, $wait);
        reopen_log() if $reopen;
        report_start($setting_up) if $setting_up && is_set_up($main, $setting_up);
        next if $ready <= 0;
        for my $name (grep { vec($bits, fileno $readers{$_}, 1) } keys %readers) {
            my $bytes = sysread($readers{$name}, my $chunk, READ_BYTES);
            next if !defined $bytes && is_passing($!);
            delete $readers{$name} if !$bytes;
            if   ($name eq 'status') { take_report($main, $chunk) }
            else                     { append($name, $chunk, !$bytes) }
        }
        serve_clients($bits, $writable);
    }
    append($_, '', 1) for qw(stdout stderr);
    dismiss_clients(report_end($status));
}

# Output is read while whoever is attached takes it; the little that is left of a container that has ended, anyway.
sub wait_bits {
    my ($readers, $status) = @_;
    my ($readable, $writable) = ('', '');
    my $held = !defined $status && grep { is_behind($_) } @clients;
    vec($readable, fileno $readers->{$_}, 1) = 1 for grep { !$held || $_ eq 'status' } keys %$readers;
    vec($readable, fileno $_->{socket}, 1) = 1 for @clients;
    vec($readable, fileno $listener, 1) = 1 if $listener;
    vec($writable, fileno $_->{socket}, 1) = 1 for grep { length $_->{out} } @clients;
    vec($writable, fileno $input->{file}, 1) = 1 if has_input($input);
    return ($readable, $writable);
}

# For the kubelet's user only: the directory is. The name is short, as names of sockets have to be.
sub listen_for_clients {
    my $home = readlink '/proc/self/cwd';
    chdir $directory or die "$directory: $!\n";
    socket(my $socket, 1, 1, 0) or die "socket: $!\n";    # AF_UNIX, SOCK_STREAM
    unlink 'attach.sock';
    my $mask = umask 0177;
    bind($socket, pack 'S a*', 1, 'attach.sock') && listen($socket, 16) or die "attach.sock: $!\n";
    umask $mask;
    chdir $home or die "$home: $!\n";
    set_nonblocking($socket);
    return $socket;
}

sub serve_clients {
    my ($readable, $writable) = @_;
    if ($listener && vec $readable, fileno $listener, 1) {
        push @clients, new_channel($_) for grep { defined } accept_client();
    }
    for my $client (@clients) {
        take_frames($client)   if vec $readable, fileno $client->{socket}, 1;
        flush_channel($client) if vec $writable, fileno $client->{socket}, 1;
        end_input($input)      if $client->{gone} && $client->{gives_input} && $spec->{stdin_once};
    }
    @clients = grep { !$_->{gone} } @clients;
    write_input($input) if has_input($input) && vec $writable, fileno $input->{file}, 1;
}

sub accept_client {
    my $socket;
    return accept($socket, $listener) ? $socket : undef;
}

sub take_frames {
    my ($client) = @_;
    for my $frame (receive_frames($client)) {
        my ($type, $data) = @$frame;
        if    ($type eq 'H') { greet($client, $data) }
        elsif ($type eq 'R') { resize_terminal($terminal, $data) if $terminal }
        elsif ($type ne 'I') { next }
        elsif (length $data) { add_input($input, $client, $data) }
        elsif ($spec->{stdin_once}) { end_input($input) }
    }
}

sub greet {
    my ($client, $data) = @_;
    $client->{gives_input} = $data eq 'in';
    $client->{greeted}     = 1;
}

# Everybody gets the last of the output and the exit code, however slow they are: another process sees to that.
sub dismiss_clients {
    my ($code) = @_;
    $listener = undef;
    unlink "$directory/attach.sock";
    @clients = grep { $_->{greeted} } @clients;
    return if !@clients || fork;
    send_frame($_, 'X', $code) for @clients;
    while (@clients) {
        my ($readable, $writable) = wait_bits({});
        next if select($readable, $writable, undef, undef) <= 0;
        serve_clients($readable, $writable);
    }
}

# Forks and executes the container. Returns its process ID and what to read from: its output, and a pipe on
# which the program that is executed reports (bubblewrap's --json-status-fd, or an error of execve).
sub launch {
    my %readers;
    my %writers;
    pipe($readers{status}, $writers{status}) or die "pipe: $!\n";
    if ($spec->{tty}) { open_container_terminal(\%readers, \%writers) }
    else              { open_pipes(\%readers, \%writers) }
    my $pid = fork;
    die "fork: $!\n" if !defined $pid;
    become_container(\%writers) if !$pid;
    return ($pid, %readers);
}

sub open_pipes {
    my ($readers, $writers) = @_;
    pipe($readers->{$_}, $writers->{$_}) or die "pipe: $!\n" for qw(stdout stderr);
    if ($spec->{stdin}) {
        pipe($writers->{stdin}, my $feed) or die "pipe: $!\n";
        set_nonblocking($feed);
        $input = new_input($feed);
    }
    else { open($writers->{stdin}, '<', '/dev/null') or die "/dev/null: $!\n" }
    give_away($spec, @$writers{qw(stdout stderr)}, $spec->{stdin} ? $writers->{stdin} : ());
}

sub open_container_terminal {
    my ($readers, $writers) = @_;
    ($terminal, my $device) = open_terminal('/dev/ptmx', $spec);
    set_nonblocking($terminal);
    $readers->{stdout} = $terminal;
    $writers->{$_} = $device for qw(stdin stdout stderr);
    return if !$spec->{stdin};
    $input = new_input($terminal);
    $input->{is_terminal} = 1;
}

sub become_container {
    my ($writers) = @_;
    $SIG{$_} = 'DEFAULT' for qw(HUP INT TERM PIPE USR1 CHLD);
    syscall($call->{setsid});
    eval { join_network($spec); 1 } or refuse($writers, "cannot join the pod's network: $@");
    umask 0022;
    make_controlling($writers->{stdin}) if $spec->{tty} && !$spec->{bubblewrap};    # which makes a session of its own
    open(STDIN,  '<&', $writers->{stdin});
    open(STDOUT, '>&', $writers->{stdout});
    open(STDERR, '>&', $writers->{stderr});
    read_filter($spec) if !$spec->{bubblewrap};
    drop_privileges($spec);
    syscall($call->{prctl}, PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);    # last: a change of user clears it
    chdir $spec->{cwd}[0] or refuse($writers, "chdir $spec->{cwd}[0]: $!");
    my @command = @{ $spec->{arg} };
    %ENV = environment($spec);
    my ($arguments, $report, $filter);
    if ($spec->{bubblewrap}) {
        $^F = 255;    # files opened from here on survive exec
        open($arguments, '<', "$directory/bwrap.args") or refuse($writers, "bwrap.args: $!");
        open($report, '>&', $writers->{status});
        splice @command, 1, 0, '--json-status-fd', fileno $report, '--args', fileno $arguments;
        if ($spec->{seccomp}) {
            open($filter, '<', $spec->{seccomp}[0]) or refuse($writers, "$spec->{seccomp}[0]: $!");
            splice @command, 1, 0, '--seccomp', fileno $filter;
        }
    }
    no warnings 'exec';
    exec { $command[0] } @command;
    refuse($writers, qq{exec: "$command[0]": $!});
}

sub refuse {
    my ($writers, $message) = @_;
    syswrite $writers->{status}, "error $message";
    kill KILL => $$;
}

# Takes what came over the status pipe; its end without a word means that execve went well.
sub take_report {
    my ($main, $report) = @_;
    if ($report =~ /^error (.*)/s) { $last_error = $1 }
    elsif (!$spec->{bubblewrap})   { report_start($main) if !$last_error }
    else {
        $setting_up = $1 if $report =~ /"child-pid": (\d+)/;
        $finished   = 1  if $report =~ /"exit-code"/;
    }
}

# Bubblewrap names its child before it has made the mounts: it is a container once something else runs in it.
sub is_set_up {
    my ($bubblewrap, $pid) = @_;
    my $own = readlink "/proc/$bubblewrap/exe" or return 0;
    return grep { ($_ // $own) ne $own } map { readlink "/proc/$_/exe" } $pid, children_of($pid);
}

sub children_of {
    my ($pid) = @_;
    open(my $file, '<', "/proc/$pid/task/$pid/children") or return;
    return split ' ', <$file> // '';
}

sub report_start {
    my ($pid) = @_;
    $setting_up = 0;
    $started    = 1;
    write_file('started',
        sprintf '{"pid":%d,"startTime":"%s","startedAt":"%s"}', $pid, start_time($pid), stamp());
    syswrite STDOUT, "started\n";
}

# A container that never ran, or whose bubblewrap ended before it, did not start.
sub report_end {
    my ($status) = @_;
    my $signal = $status & 127;
    my $killed = $signal || $status >> 8 == 137;
    my $failed = $spec->{bubblewrap} ? !$finished && !($started && $killed) : !$started;
    $last_error =~ s/^bwrap: execvp (.*?): /exec: "$1": /;
    report_start($setting_up) if !$failed && !$started;    # it was over before it was looked at
    my $code   = $failed ? 128 : $signal ? 128 + $signal : $status >> 8;
    my $extra  = $failed ? sprintf ',"startError":"%s"', escape($last_error || 'the process did not start')
        : $signal ? qq{,"signal":$signal}
        :           '';
    write_file('exit', sprintf '{"exitCode":%d,"finishedAt":"%s"%s}', $code, stamp(), $extra);
    return $code;
}

# Collects ended children: the container's process, and orphans that fell to this subreaper.
sub reap {
    my ($main) = @_;
    my $status;
    while ((my $pid = waitpid(-1, WNOHANG)) > 0) { $status = $? if $pid == $main }
    return $status;
}

# Processes that left the container's group; none outlives it. Returns whether some are still there.
sub kill_orphans {
    my @orphans = children_of($$);
    kill KILL => @orphans;
    reap(0);
    return scalar @orphans;
}

# Adds output of one stream to the log: whole lines tagged F, pieces of longer ones tagged P.
sub append {
    my ($stream, $data, $ended) = @_;
    share($stream, $data) if length($data // '');
    $last_error = substr $last_error . $data, -1024 if $stream eq 'stderr' && $spec->{bubblewrap};
    my $text = $pending{$stream} . ($data // '');
    my $cut  = rindex($text, "\n") + 1;
    my $rest = substr $text, $cut, length $text, '';
    my $head = stamp() . " $stream ";
    my $out  = '';
    if ($text =~ $long_line) { $out .= cut_line($head, $_) for split /^/, $text }
    elsif (length $text)     { ($out = $text) =~ s/^/${head}F /mg }
    $out .= "${head}P " . substr($rest, 0, LINE_BYTES, '') . "\n" while length $rest >= LINE_BYTES;
    $out .= "${head}P $rest\n" if $ended && length $rest;
    $pending{$stream} = $ended ? '' : $rest;
    write_log($out) if length $out;
}

# Output for who is attached.
sub share {
    my ($stream, $data) = @_;
    send_frame($_, $stream eq 'stdout' ? 'O' : 'E', $data) for grep { $_->{greeted} } @clients;
}

sub cut_line {
    my ($head, $line) = @_;
    my $out = '';
    $out .= "${head}P " . substr($line, 0, LINE_BYTES, '') . "\n" while length $line > LINE_BYTES + 1;
    return "$out${head}F $line";
}

# A full disk holds the container back rather than losing its lines.
sub write_log {
    my ($out) = @_;
    for (my $at = 0; $at < length $out;) {
        my $bytes = syswrite $log, $out, length($out) - $at, $at;
        if   (defined $bytes) { $at += $bytes }
        else                  { select undef, undef, undef, 0.5 }
    }
}

sub open_log {
    sysopen(my $file, $spec->{log}[0], 02101, 0640) or die "$spec->{log}[0]: $!\n";    # O_WRONLY|O_CREAT|O_APPEND
    return $file;
}

sub reopen_log {
    $reopen = 0;
    my $file = eval { open_log() } or return;
    $log = $file;
}

# RFC 3339 with nanoseconds, UTC.
sub stamp {
    my $time = "\0" x 16;
    syscall($call->{clock_gettime}, 0, $time);
    my ($second, $nanosecond) = unpack 'qq', $time;
    if ($second != $stamp_second) {
        my @t = gmtime $second;
        $stamp_second = $second;
        $stamp_text   = sprintf '%04d-%02d-%02dT%02d:%02d:%02d', $t[5] + 1900, $t[4] + 1, @t[ 3, 2, 1, 0 ];
    }
    return $stamp_text . sprintf '.%09dZ', $nanosecond;
}

sub write_file {
    my ($name, $text) = @_;
    open(my $file, '>', "$directory/$name.tmp") or die "$name: $!\n";
    print {$file} "$text\n";
    close $file;
    rename "$directory/$name.tmp", "$directory/$name" or die "$name: $!\n";
}

sub escape {
    my ($text) = @_;
    $text =~ s/^\s+|\s+$//g;
    $text =~ s/(["\\])/\\$1/g;
    $text =~ s/([\x00-\x1f])/sprintf '\\u%04x', ord $1/ge;
    return $text;
}
