/** What the errors of the operating system mean for who reads of them; the code stays, for who looks it up. */
const meanings: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or directory',
  EACCES: 'permission is denied',
  EPERM: 'that is not permitted',
  EROFS: 'the file system is read-only',
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  ENOTDIR: 'part of the path is no directory',
  EISDIR: 'it is a directory',
  ELOOP: 'the path has too many symbolic links',
  ENAMETOOLONG: 'the path is too long',
  EMFILE: 'too many files are open',
  EADDRINUSE: 'another program listens there',
};

/** The error without the name of a system call and a path that its reader knows already. */
export function plainly(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException;
  const meaning = meanings[code];
  return meaning === undefined ? message : `${meaning} (${code})`;
}
