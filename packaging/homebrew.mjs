// Writes the Homebrew formula for a release: node packaging/homebrew.mjs SHA256SUMS > snell.rb
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const cargo = readFileSync(join(dirname(fileURLToPath(import.meta.url)), '../Cargo.toml'), 'utf8');
const [, section] = /\[workspace\.package\]\n([^[]*)/.exec(cargo);
const value = (key) => new RegExp(`^${key} = "(.+)"$`, 'm').exec(section)[1];
const sums = new Map(
  readFileSync(process.argv[2], 'utf8')
    .trim()
    .split('\n')
    .map((line) => line.split(/\s+\*?/).reverse()),
);

/** The archive of one platform. */
function archive(name) {
  const file = `snell-${name}.tar.gz`;
  if (!/^[0-9a-f]{64}$/.test(sums.get(file))) throw new Error(`no checksum of ${file}`);
  return `      url "${value('repository')}/releases/download/v${value('version')}/${file}"\n      sha256 "${sums.get(file)}"`;
}

console.log(`class Snell < Formula
  desc "Checks the boundaries of a NestJS + Prisma + PostgreSQL monorepo"
  homepage "${value('repository')}"
  version "${value('version')}"
  license any_of: ["MIT", "Apache-2.0"]

  on_macos do
    on_arm do
${archive('darwin-arm64')}
    end
    on_intel do
${archive('darwin-x64')}
    end
  end

  on_linux do
    on_arm do
${archive('linux-arm64')}
    end
    on_intel do
${archive('linux-x64')}
    end
  end

  def install
    bin.install "snell"
  end

  test do
    (testpath/"schema.prisma").write <<~PRISMA
      datasource db {
        provider = "postgresql"
        url      = env("DATABASE_URL")
      }

      model User {
        id Int @id
      }
    PRISMA
    assert_match "No problems found", shell_output("#{bin}/snell check --fail-on low #{testpath} 2>&1")
  end
end`);
