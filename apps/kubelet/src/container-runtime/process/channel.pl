# A connection between a container's processes and the kubelet, as shim.pl and enter.pl have it (exec, attach).
# Loads no module; see shim.pl.
#
# Frames go both ways over a unix socket: a letter, the length (32 bits, big-endian), the bytes.
#   from the kubelet  I  input; none for its end         R  size of the terminal, `COLUMNS ROWS`
#                     H  `in` or `-`: attached with input, or not
#   to the kubelet    O  standard output                 E  standard error
#                     A  so many bytes of input (decimal) have been taken; no more than INPUT_WINDOW may be on the way
#                     P  ID of the command's process     X  exit code; after it nothing comes
#                     F  why there is no command
use strict;
use warnings;

use constant {
    F_GETFL     => 3,
    F_SETFL     => 4,
    O_NONBLOCK  => 04000,
    EIO         => 5,
    EAGAIN      => 11,
    EINTR       => 4,
    OUTPUT_HELD => 262144,         # more than this waiting for the kubelet holds back who makes it
    FRAME_BYTES => 65536,
    TIOCSCTTY   => 0x540e,
    TIOCSWINSZ  => 0x5414,
    TIOCSPTLCK  => 0x40045431,
    TIOCGPTPEER => 0x5441,
    O_TERMINAL  => 02000000 | 0400 | 2,    # O_CLOEXEC, O_NOCTTY, O_RDWR
};

sub new_channel {
    my ($socket) = @_;
    set_nonblocking($socket);
    return { socket => $socket, in => '', out => '', gone => 0 };
}

sub set_nonblocking {
    my ($file) = @_;
    fcntl $file, F_SETFL, fcntl($file, F_GETFL, 0) | O_NONBLOCK or die "fcntl: $!\n";
}

sub send_frame {
    my ($channel, $type, $data) = @_;
    $channel->{out} .= pack 'a N/a*', $type, $data if !$channel->{gone};
}

sub is_behind { return length $_[0]{out} > OUTPUT_HELD }

# Sends what the kubelet takes at once.
sub flush_channel {
    my ($channel) = @_;
    return if !length $channel->{out};
    my $bytes = syswrite $channel->{socket}, $channel->{out};
    if    (defined $bytes)   { substr $channel->{out}, 0, $bytes, '' }
    elsif (!is_passing($!))  { lose_channel($channel) }
}

# Takes what has come. Returns whole frames as [type, data]; none at all, and `gone`, once the kubelet has left.
sub receive_frames {
    my ($channel) = @_;
    my $bytes = sysread $channel->{socket}, $channel->{in}, 2 * FRAME_BYTES, length $channel->{in};
    lose_channel($channel) if defined $bytes ? !$bytes : !is_passing($!);
    my @frames;
    while (length $channel->{in} >= 5) {
        my ($type, $length) = unpack 'a N', $channel->{in};
        last if length $channel->{in} < 5 + $length;
        push @frames, [ $type, substr $channel->{in}, 5, $length ];
        substr $channel->{in}, 0, 5 + $length, '';
    }
    return @frames;
}

sub lose_channel {
    my ($channel) = @_;
    $channel->{gone} = 1;
    $channel->{out}  = '';
}

sub is_passing { return $_[0] == EAGAIN || $_[0] == EINTR }

# Sends the rest, and waits for the kubelet to leave: a socket that is closed with something unread in it would
# take what was sent along.
sub finish_channel {
    my ($channel) = @_;
    while (!$channel->{gone}) {
        my ($readable, $writable) = ('', '');
        vec($readable, fileno $channel->{socket}, 1) = 1;
        vec($writable, fileno $channel->{socket}, 1) = 1 if length $channel->{out};
        next if select($readable, $writable, undef, undef) <= 0;
        flush_channel($channel);
        receive_frames($channel) if vec $readable, fileno $channel->{socket}, 1;
    }
}

# Where input goes: a pipe or a terminal. It is queued with whom it came from, who is told when it was taken.
sub new_input { return { file => $_[0], queue => [], ended => 0 } }

sub add_input {
    my ($input, $channel, $data) = @_;
    return send_frame($channel, 'A', length $data) if !$input || !$input->{file} || $input->{ended};
    push @{ $input->{queue} }, [ $channel, $data ];
}

# Closes a pipe once all before was taken. A terminal has no end of input.
sub end_input {
    my ($input) = @_;
    return if !$input || $input->{is_terminal};
    $input->{ended} = 1;
    close_input($input) if !@{ $input->{queue} };
}

sub has_input { return $_[0] && $_[0]{file} && @{ $_[0]{queue} } }

# Gives the process what it takes at once. What it will never read, having closed its end, is gone.
sub write_input {
    my ($input) = @_;
    my ($channel, $data) = @{ $input->{queue}[0] };
    my $bytes = syswrite $input->{file}, $data;
    return if !defined $bytes && is_passing($!);
    return close_input($input) if !defined $bytes;
    send_frame($channel, 'A', $bytes);
    if ($bytes < length $data) { substr $input->{queue}[0][1], 0, $bytes, '' }
    else                       { shift @{ $input->{queue} } }
    close_input($input) if $input->{ended} && !@{ $input->{queue} };
}

sub close_input {
    my ($input) = @_;
    send_frame($_->[0], 'A', length $_->[1]) for @{ $input->{queue} };
    $input->{queue} = [];
    close $input->{file} if $input->{file} && !$input->{is_terminal};
    $input->{file} = undef;
}

# A new terminal: the side of who looks at it, and the process's. The device is that of the mounts in sight.
sub open_terminal {
    my ($device, $spec) = @_;
    open(my $master, '+<', $device) or die "$device: $!\n";
    my $unlocked = pack 'i', 0;
    ioctl $master, TIOCSPTLCK, $unlocked or die "TIOCSPTLCK: $!\n";
    my $descriptor = ioctl $master, TIOCGPTPEER, O_TERMINAL or die "TIOCGPTPEER: $!\n";
    open(my $terminal, '+<&=', $descriptor) or die "terminal: $!\n";
    give_away($spec, $terminal);
    return ($master, $terminal);
}

# Lets the user of the container open its files anew, as /dev/stdout or by the terminal's name.
sub give_away {
    my ($spec, @files) = @_;
    chown $spec->{owner}[0], -1, @files if $spec->{owner};
}

sub resize_terminal {
    my ($master, $text) = @_;
    my ($columns, $rows) = $text =~ /^(\d{1,5}) (\d{1,5})$/ or return;
    my $size = pack 'S4', $rows, $columns, 0, 0;
    ioctl $master, TIOCSWINSZ, $size;
}

sub make_controlling {
    my ($terminal) = @_;
    ioctl $terminal, TIOCSCTTY, 0;
}

# The end of output: a pipe's is no bytes, a terminal's an error.
sub is_at_end {
    my ($bytes) = @_;
    return defined $bytes ? !$bytes : !is_passing($!);
}

1;
