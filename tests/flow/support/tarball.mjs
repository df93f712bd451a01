// .tar.gz files as they come, and as they should not: entries are written as they are told.
import { writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const octal = (value, digits) => value.toString(8).padStart(digits, '0') + '\0';

// One entry; type: '0' file, '1' hard link, '2' symbolic link, '3' device, '5' folder, '6' pipe.
function header({ path, type = '0', size = 0, link = '' }) {
  const block = Buffer.alloc(512);
  block.write(path, 0, 100);
  block.write(octal(0o6777, 7), 100); // no bundle keeps these
  block.write(octal(0, 7) + octal(0, 7), 108);
  block.write(octal(size, 11) + octal(0, 11), 124);
  block.write(' '.repeat(8), 148);
  block.write(type, 156);
  block.write(link, 157, 100);
  block.write('ustar\u000000', 257);
  block.write(octal(block.reduce((sum, byte) => sum + byte, 0), 6) + ' ', 148);
  return block;
}

// entries: {path, data, type, link, size}; size tells another length than the data has.
export function tarball(file, entries) {
  const blocks = entries.flatMap(({ data = '', ...entry }) => {
    const bytes = Buffer.from(data);
    return [header({ size: bytes.length, ...entry }), bytes,
      Buffer.alloc((512 - (bytes.length % 512)) % 512)];
  });
  writeFileSync(file, gzipSync(Buffer.concat([...blocks, Buffer.alloc(1024)])));
  return file;
}
