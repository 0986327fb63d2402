/* shoal-destination.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-destination.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gi18n-lib.h>
#include <stdio.h>
#include <sys/vfs.h>
#include <sys/xattr.h>
#include <unistd.h>

/* --- By kind ------------------------------------------------------------- */

#define UNKNOWN_ROOM (G_GUINT64_CONSTANT (1) << 40)
#define FAT_MAX_LENGTH G_GUINT64_CONSTANT (0xffffffff)

typedef struct
{
  uint32_t magic;
  guint    windows_names : 1;
  guint    is_remote : 1;
  guint    has_no_inodes : 1;   /* numbers files anew when they are looked up again */
  guint    has_large_files : 1; /* known to take more than 4 GiB */
  guint    is_fat : 1;
} Kind;

static const Kind KINDS[] = {
  { .magic = 0x00004d44, .windows_names = 1, .has_no_inodes = 1, .is_fat = 1 },      /* vfat */
  { .magic = 0x2011bab0, .windows_names = 1, .has_no_inodes = 1, .has_large_files = 1 }, /* exfat */
  { .magic = 0x5346544e, .windows_names = 1, .has_large_files = 1 },                 /* ntfs */
  { .magic = 0x7366746e, .windows_names = 1, .has_large_files = 1 },                 /* ntfs3 */
  { .magic = 0xff534d42, .windows_names = 1, .is_remote = 1, .has_large_files = 1 }, /* cifs */
  { .magic = 0xfe534d42, .windows_names = 1, .is_remote = 1, .has_large_files = 1 }, /* smb2 */
  { .magic = 0x0000517b, .windows_names = 1, .is_remote = 1 },                       /* smbfs */
  { .magic = 0x00006969, .is_remote = 1, .has_large_files = 1 },                     /* nfs */
  { .magic = 0x00c36400, .is_remote = 1, .has_large_files = 1 },                     /* ceph */
  { .magic = 0x01021997, .is_remote = 1 },                                           /* 9p */
  { .magic = 0x65735546, .is_remote = 1 },                                           /* fuse */
};

static Kind
get_kind (int folder)
{
  struct statfs fs;

  if (fstatfs (folder, &fs) != 0)
    return (Kind){ .is_remote = 1 };
  for (gsize i = 0; i < G_N_ELEMENTS (KINDS); i++)
    if (KINDS[i].magic == (uint32_t) fs.f_type)
      return KINDS[i];
  return (Kind){ .has_large_files = 1 };
}

/* --- By trying ----------------------------------------------------------- */

#define MAX_PROBES 100

typedef struct
{
  const ShoalDisk  *disk;
  ShoalDestination *found;
  int               folder;
  char              name[40];
} Probe;

/* exFAT and FAT by FUSE refuse these; a name that can be made is removed. */
static void
try_names (Probe *self)
{
  char odd[64];
  char upper[40];
  struct stat stat;
  int fd;

  g_snprintf (odd, sizeof odd, "%s-?:*", self->name);
  fd = self->disk->open (self->folder, odd, O_CREAT | O_EXCL | O_WRONLY, 0600);
  if (fd >= 0)
    {
      close (fd);
      self->disk->unlinkat (self->folder, odd, 0);
    }
  else if (errno == EINVAL || errno == EILSEQ || errno == ENOENT || errno == EIO
           || errno == EPERM || errno == EACCES || errno == ENAMETOOLONG)
    self->found->windows_names = TRUE;

  g_strlcpy (upper, self->name, sizeof upper);
  for (char *at = upper; *at != '\0'; at++)
    *at = g_ascii_toupper (*at);
  self->found->ignores_case
    = self->disk->fstatat (self->folder, upper, &stat, AT_SYMLINK_NOFOLLOW) == 0;
}

static void
try_times (Probe *self, int fd)
{
  /* Odd in each unit that some file system rounds to. */
  const struct timespec time = { .tv_sec = 1234567891, .tv_nsec = 123456789 };
  const struct timespec times[2] = { time, time };
  struct stat stat;

  self->found->mtime_step = 1;
  if (self->disk->futimens (fd, times) != 0 || self->disk->fstat (fd, &stat) != 0)
    return;
  if (stat.st_mtim.tv_sec != time.tv_sec)
    self->found->mtime_step = 2000000000;
  else if (stat.st_mtim.tv_nsec == 0)
    self->found->mtime_step = 1000000000;
  else if (stat.st_mtim.tv_nsec == 120000000)
    self->found->mtime_step = 10000000;
  else if (stat.st_mtim.tv_nsec != time.tv_nsec)
    self->found->mtime_step = 1000;
}

static void
try_mode (Probe *self, int fd)
{
  struct stat on, off;

  self->found->has_executable = self->disk->fchmod (fd, 0700) == 0
                                && self->disk->fstat (fd, &on) == 0
                                && self->disk->fchmod (fd, 0600) == 0
                                && self->disk->fstat (fd, &off) == 0
                                && (on.st_mode & 0100) != 0 && (off.st_mode & 0100) == 0;
}

/* Never makes a file grow where that would write zeroes. */
static void
try_sizes (Probe *self, int fd, const Kind *kind)
{
  const off_t SMALL = 1024 * 1024;
  struct stat stat;

  self->found->has_sparse_files = self->disk->ftruncate (fd, SMALL) == 0
                                  && self->disk->fstat (fd, &stat) == 0
                                  && stat.st_size == SMALL && stat.st_blocks * 512 < SMALL / 2;
  if (self->disk->ftruncate (fd, 0) != 0)
    self->found->has_sparse_files = FALSE;

  self->found->max_file_length = SHOAL_MAX_FILE_LENGTH;
  if (kind->is_fat || (self->found->mtime_step == 2000000000 && !kind->has_large_files))
    self->found->max_file_length = FAT_MAX_LENGTH;
  else if (self->found->has_sparse_files && !kind->has_large_files)
    {
      if (self->disk->ftruncate (fd, (off_t) FAT_MAX_LENGTH + 1) != 0 && errno == EFBIG)
        self->found->max_file_length = FAT_MAX_LENGTH;
      else
        (void) !self->disk->ftruncate (fd, 0);
    }
}

/* Leaves @name at the name that the file has in the end. */
static void
try_renames (Probe *self)
{
  char other[sizeof self->name];

  g_snprintf (other, sizeof other, "%sb", self->name);
  self->found->has_links
    = self->disk->linkat (self->folder, self->name, self->folder, other, 0) == 0;
  if (self->found->has_links)
    self->disk->unlinkat (self->folder, other, 0);

  self->found->has_no_replace
    = self->disk->renameat2 (self->folder, self->name, self->folder, other, RENAME_NOREPLACE) == 0;
  if (self->found->has_no_replace)
    g_strlcpy (self->name, other, sizeof self->name);
}

static void
read_space (ShoalDestination *self, const struct statvfs *fs)
{
  /* Some FUSE drivers do not say: then only writing tells. A bound all the
   * same, as what is expected costs memory. */
  self->free_bytes = fs->f_blocks > 0 ? (uint64_t) fs->f_bavail * fs->f_frsize : UNKNOWN_ROOM;
  self->block_size = (uint32_t) CLAMP (fs->f_frsize, 512, 1024 * 1024);
  self->max_name_bytes = fs->f_namemax > 0 ? (guint) MIN (fs->f_namemax, 255) : 255;
}

gboolean
shoal_destination_probe (ShoalDestination *self, int folder, const ShoalDisk *disk, GError **error)
{
  Kind kind = get_kind (folder);
  Probe probe = { .disk = disk != NULL ? disk : &shoal_disk_real, .found = self, .folder = folder };
  static gint n_probes;
  guint n_tries = 0;
  struct statvfs fs;
  int fd;

  *self = (ShoalDestination){ 0 };
  if (probe.disk->fstatvfs (folder, &fs) != 0)
    return shoal_error_set_errno (error, errno, "look at the destination folder");
  read_space (self, &fs);

  /* One that was killed may have left its probe; in a sandbox it had our number. */
  do
    {
      g_snprintf (probe.name, sizeof probe.name, ".shoal-probe-%x-%x", (unsigned) getpid (),
                  (unsigned) g_atomic_int_add (&n_probes, 1));
      fd = probe.disk->open (folder, probe.name, O_CREAT | O_EXCL | O_RDWR, 0600);
    }
  while (fd < 0 && errno == EEXIST && ++n_tries < MAX_PROBES);
  if (fd < 0)
    return shoal_error_set_errno (error, errno, "write to the destination folder");

  try_names (&probe);
  try_times (&probe, fd);
  try_mode (&probe, fd);
  try_sizes (&probe, fd, &kind);
  /* NTFS by FUSE takes any name, which Windows then cannot open. */
  if (fgetxattr (fd, "system.ntfs_attrib", NULL, 0) > 0)
    self->windows_names = TRUE;
  close (fd);
  try_renames (&probe);
  probe.disk->unlinkat (folder, probe.name, 0);

  self->windows_names |= kind.windows_names;
  self->is_remote = kind.is_remote;
  self->has_inodes = !kind.is_remote && !kind.has_no_inodes;
  return TRUE;
}

/* --- Room ---------------------------------------------------------------- */

static gboolean
is_chosen (const uint8_t *chosen, gsize entry)
{
  return chosen == NULL || (chosen[entry / 8] >> (entry % 8) & 1) != 0;
}

gboolean
shoal_destination_check_room (const ShoalDestination *self, const char *shown,
                              const ShoalStoreEntry *entries, gsize n_entries,
                              const uint8_t *chosen, uint64_t present, GError **error)
{
  const uint64_t MIB = 1024 * 1024;
  uint64_t needed = 0, margin;
  g_autofree char *size = NULL, *limit = NULL;

  for (gsize i = 0; i < n_entries; i++)
    {
      if (entries[i].is_folder || !is_chosen (chosen, i))
        continue;
      if (entries[i].length > self->max_file_length)
        {
          size = g_format_size_full (entries[i].length, G_FORMAT_SIZE_IEC_UNITS);
          limit = g_format_size_full (self->max_file_length, G_FORMAT_SIZE_IEC_UNITS);
          return shoal_error_set (error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_HERE,
                                  "Choose another folder, or leave this file out.",
                                  "The file “%s” is %s; the disk at %s takes at most %s a file",
                                  entries[i].path, size, shown, limit);
        }
      needed += (entries[i].length + self->block_size - 1) / self->block_size * self->block_size;
    }

  needed -= MIN (present, needed);
  margin = CLAMP (needed / 100, MIB, 256 * MIB);
  if (needed == 0 || self->free_bytes - MIN (margin, self->free_bytes) >= needed)
    return TRUE;
  size = g_format_size (needed + margin - self->free_bytes);
  return shoal_error_set (error, SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_HERE,
                          "Make room there, or choose another folder.",
                          /* Translators: a folder, then a size. */
                          _("Not enough space at %s: %s more are needed"), shown, size);
}
