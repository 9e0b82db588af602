/**
 * The filter of system calls behind `seccompProfile: RuntimeDefault`, which is also what a container gets that
 * names no profile; only `Unconfined` goes without. Container engines list what is allowed; this lists what is
 * denied, namely what those lists leave out: everything that reaches for the kernel or the machine rather than
 * for the container's own files and processes. A program that is refused sees EPERM.
 */

/** Numbers on x86-64 and arm64 (asm/unistd_64.h, asm-generic/unistd.h); absent where the machine has no such call. */
const DENIED: Readonly<Record<string, { x64?: number; arm64?: number }>> = {
  _sysctl: { x64: 156 },
  acct: { x64: 163, arm64: 89 },
  add_key: { x64: 248, arm64: 217 },
  adjtimex: { x64: 159, arm64: 171 },
  bpf: { x64: 321, arm64: 280 },
  clock_adjtime: { x64: 305, arm64: 266 },
  clock_settime: { x64: 227, arm64: 112 },
  create_module: { x64: 174 },
  delete_module: { x64: 176, arm64: 106 },
  finit_module: { x64: 313, arm64: 273 },
  fsconfig: { x64: 431, arm64: 431 },
  fsmount: { x64: 432, arm64: 432 },
  fsopen: { x64: 430, arm64: 430 },
  fspick: { x64: 433, arm64: 433 },
  get_kernel_syms: { x64: 177 },
  init_module: { x64: 175, arm64: 105 },
  io_uring_enter: { x64: 426, arm64: 426 },
  io_uring_register: { x64: 427, arm64: 427 },
  io_uring_setup: { x64: 425, arm64: 425 },
  ioperm: { x64: 173 },
  iopl: { x64: 172 },
  kcmp: { x64: 312, arm64: 272 },
  kexec_file_load: { x64: 320, arm64: 294 },
  kexec_load: { x64: 246, arm64: 104 },
  keyctl: { x64: 250, arm64: 219 },
  lookup_dcookie: { x64: 212, arm64: 18 },
  migrate_pages: { x64: 256, arm64: 238 },
  mount: { x64: 165, arm64: 40 },
  mount_setattr: { x64: 442, arm64: 442 },
  move_mount: { x64: 429, arm64: 429 },
  move_pages: { x64: 279, arm64: 239 },
  nfsservctl: { x64: 180, arm64: 42 },
  open_by_handle_at: { x64: 304, arm64: 265 },
  open_tree: { x64: 428, arm64: 428 },
  perf_event_open: { x64: 298, arm64: 241 },
  pivot_root: { x64: 155, arm64: 41 },
  query_module: { x64: 178 },
  quotactl: { x64: 179, arm64: 60 },
  quotactl_fd: { x64: 443, arm64: 443 },
  reboot: { x64: 169, arm64: 142 },
  request_key: { x64: 249, arm64: 218 },
  setns: { x64: 308, arm64: 268 },
  settimeofday: { x64: 164, arm64: 170 },
  swapoff: { x64: 168, arm64: 225 },
  swapon: { x64: 167, arm64: 224 },
  sysfs: { x64: 139 },
  syslog: { x64: 103, arm64: 116 },
  umount2: { x64: 166, arm64: 39 },
  unshare: { x64: 272, arm64: 97 },
  uselib: { x64: 134 },
  userfaultfd: { x64: 323, arm64: 282 },
  ustat: { x64: 136 },
  vhangup: { x64: 153, arm64: 58 },
};

const MACHINES = {
  x64: { audit: 0xc000003e, clone: 56 },
  arm64: { audit: 0xc00000b7, clone: 220 },
} as const;

export type FilteredMachine = keyof typeof MACHINES;

const CLONE3 = 435;
/** CLONE_NEWNS, NEWCGROUP, NEWUTS, NEWIPC, NEWUSER, NEWPID, NEWNET: a process may be made, a namespace may not. */
const NEW_NAMESPACES = 0x7e020000;
/** Calls of the x32 interface carry this bit on x86-64. */
const X32_BIT = 0x40000000;

// Instructions of classic BPF (linux/bpf_common.h), the verdicts of linux/seccomp.h, and offsets in seccomp_data.
const LOAD = 0x20;
const AND = 0x54;
const JUMP_EQUAL = 0x15;
const JUMP_AT_LEAST = 0x35;
const RETURN = 0x06;
const ALLOW = 0x7fff0000;
const KILL_PROCESS = 0x80000000;
const errno = (number: number) => 0x00050000 | number;
const EPERM = 1;
/** The C library falls back to clone, whose flags can be looked at, when clone3 is said not to exist. */
const ENOSYS = 38;
const NUMBER = 0;
const ARCHITECTURE = 4;
const FIRST_ARGUMENT = 16;

interface Instruction {
  code: number;
  value: number;
  /** How many instructions to pass over when a comparison holds, and when it does not. */
  onMatch?: number;
  onMiss?: number;
}

/** The filter as the array of `sock_filter`s that the kernel and bubblewrap's `--seccomp` take. */
export function runtimeDefaultFilter(machine: FilteredMachine): Buffer {
  const { audit, clone } = MACHINES[machine];
  const numbers = Object.values(DENIED).flatMap((call) => call[machine] ?? []);
  const program: Instruction[] = [
    { code: LOAD, value: ARCHITECTURE },
    { code: JUMP_EQUAL, value: audit, onMatch: 1 },
    { code: RETURN, value: KILL_PROCESS },
    { code: LOAD, value: NUMBER },
    { code: JUMP_AT_LEAST, value: X32_BIT, onMiss: 1 },
    { code: RETURN, value: errno(EPERM) },
    { code: JUMP_EQUAL, value: CLONE3, onMiss: 1 },
    { code: RETURN, value: errno(ENOSYS) },
    { code: JUMP_EQUAL, value: clone, onMiss: 3 },
    { code: LOAD, value: FIRST_ARGUMENT },
    { code: AND, value: NEW_NAMESPACES },
    { code: JUMP_EQUAL, value: 0, onMatch: numbers.length, onMiss: numbers.length + 1 },
    ...numbers.map((value, index) => ({ code: JUMP_EQUAL, value, onMatch: numbers.length - index })),
    { code: RETURN, value: ALLOW },
    { code: RETURN, value: errno(EPERM) },
  ];
  return Buffer.concat(program.map(encode));
}

function encode({ code, value, onMatch = 0, onMiss = 0 }: Instruction): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeUInt16LE(code, 0);
  bytes.writeUInt8(onMatch, 2);
  bytes.writeUInt8(onMiss, 3);
  bytes.writeUInt32LE(value >>> 0, 4);
  return bytes;
}
