/* shoal-scan-walk.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-scan-private.h"

#include "shoal-beneath.h"
#include "shoal-names.h"
#include "shoal-portal-path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

/* Everything goes by names relative to the descriptor of the folder above, in
 * the order in which the folder lists them: no path is walked twice, and a
 * folder that is renamed meanwhile does not lead elsewhere. */

typedef struct
{
  ShoalScanWalk *walk;
  uint32_t       root;
  GString       *path;      /* in the share, of what is looked at */
  GArray        *ancestors; /* of struct stat: folders being read */
  guint          n_seen;
} Walker;

void
shoal_scan_note (ShoalScanWalk *walk, const char *path, const char *format, ...)
{
  g_autofree char *known = shoal_path_without_portal (path);
  g_autofree char *name = NULL;
  g_autofree char *rest = NULL;
  va_list args;

  if (walk->n_notes++ >= SHOAL_SCAN_MAX_NOTES)
    return;
  name = shoal_name_escape (known, -1, 0);
  va_start (args, format);
  rest = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (walk->notes, g_strdup_printf ("“%s” %s", name, rest));
}

/* TRUE unless @error is one that ends the scan; then it is passed on. */
static gboolean
note_unless_fatal (Walker *w, GError *reason, GError **error)
{
  if (!g_error_matches (reason, SHOAL_ERROR, SHOAL_ERROR_UNSAFE_NAME))
    {
      g_propagate_error (error, reason);
      return FALSE;
    }
  shoal_scan_note (w->walk, w->path->str, "is left out: %s", reason->message);
  g_error_free (reason);
  return TRUE;
}

static void
add_found (Walker *w, const struct stat *buf, gboolean is_folder)
{
  ShoalScanFound found = {
    .path = w->walk->paths->len,
    .root = w->root,
    .is_folder = is_folder,
    .is_executable = !is_folder && (buf->st_mode & S_IXUSR) != 0,
    .stamp = shoal_file_stamp (buf),
  };

  g_byte_array_append (w->walk->paths, (const guint8 *) w->path->str, (guint) w->path->len + 1);
  g_array_append_val (w->walk->found, found);
}

static gboolean
add_file (Walker *w, const struct stat *buf, GError **error)
{
  GError *reason = NULL;

  if ((uint64_t) buf->st_size > SHOAL_MAX_FILE_LENGTH)
    {
      shoal_scan_note (w->walk, w->path->str, "is left out: it is too large");
      return TRUE;
    }
  if (!shoal_description_builder_add_file (w->walk->builder, w->path->str,
                                           (uint64_t) buf->st_size, NULL, &reason))
    return note_unless_fatal (w, reason, error);
  add_found (w, buf, FALSE);
  return TRUE;
}

/* Asks the kernel only where the mode leaves a doubt. */
static gboolean
is_readable (int folder, const char *name, const struct stat *buf)
{
  return (buf->st_mode & 0444) == 0444 || faccessat (folder, name, R_OK, AT_EACCESS) == 0;
}

static gboolean
is_ancestor (Walker *w, const struct stat *buf)
{
  for (guint i = 0; i < w->ancestors->len; i++)
    {
      const struct stat *above = &g_array_index (w->ancestors, struct stat, i);

      if (above->st_dev == buf->st_dev && above->st_ino == buf->st_ino)
        return TRUE;
    }
  return FALSE;
}

static gboolean read_folder (Walker *w, int fd, GError **error);

/* @fd is closed. */
static gboolean
add_folder (Walker *w, int fd, GError **error)
{
  struct stat buf;
  GError *reason = NULL;

  if (fstat (fd, &buf) != 0 || is_ancestor (w, &buf))
    {
      shoal_scan_note (w->walk, w->path->str, "is left out: it holds itself");
      close (fd);
      return TRUE;
    }
  /* The share's own folder has no name inside it. */
  if (w->path->len > 0)
    {
      if (!shoal_description_builder_add_folder (w->walk->builder, w->path->str, &reason))
        {
          close (fd);
          return note_unless_fatal (w, reason, error);
        }
    }
  add_found (w, &buf, TRUE);
  g_array_append_val (w->ancestors, buf);
  if (!read_folder (w, fd, error))
    return FALSE;
  g_array_set_size (w->ancestors, w->ancestors->len - 1);
  return TRUE;
}

static gboolean
enter_folder (Walker *w, int folder, const char *name, GError **error)
{
  int fd = openat (folder, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

  if (fd >= 0)
    return add_folder (w, fd, error);
  if (errno == EMFILE || errno == ENFILE || errno == ENOMEM)
    return shoal_error_set_errno (error, errno, "look into “%s”", w->path->str);
  shoal_scan_note (w->walk, w->path->str, "is left out: %s", g_strerror (errno));
  return TRUE;
}

/* w->path is that of @name. */
static gboolean
add_entry (Walker *w, int folder, const char *name, unsigned char type, GError **error)
{
  struct stat buf;

  if (type == DT_DIR)
    return enter_folder (w, folder, name, error);
  if (type == DT_REG || type == DT_UNKNOWN)
    {
      if (fstatat (folder, name, &buf, AT_SYMLINK_NOFOLLOW) != 0)
        {
          /* Deleted since it was listed: then it is not there. */
          if (errno != ENOENT)
            shoal_scan_note (w->walk, w->path->str, "is left out: %s", g_strerror (errno));
          return TRUE;
        }
      type = IFTODT (buf.st_mode);
    }

  if (type == DT_DIR)
    return enter_folder (w, folder, name, error);
  if (type == DT_LNK)
    shoal_scan_note (w->walk, w->path->str, "is left out: it is a symbolic link");
  else if (type != DT_REG)
    shoal_scan_note (w->walk, w->path->str, "is left out: it is a special file");
  else if (!is_readable (folder, name, &buf))
    shoal_scan_note (w->walk, w->path->str, "is left out: %s", g_strerror (EACCES));
  else
    return add_file (w, &buf, error);
  return TRUE;
}

static gboolean
is_cancelled (Walker *w, GError **error)
{
  if (w->n_seen++ % 256 != 0 || !g_cancellable_is_cancelled (w->walk->cancellable))
    return FALSE;
  shoal_error_set (error, SHOAL_ERROR_CANCELLED, SHOAL_SIDE_HERE, NULL, "Scanning was cancelled");
  return TRUE;
}

static gboolean
visit (Walker *w, int folder, const struct dirent *item, GError **error)
{
  size_t length = w->path->len;
  ShoalNameFault fault;
  gboolean ok = TRUE;

  if (is_cancelled (w, error))
    return FALSE;
  if (strcmp (item->d_name, ".") == 0 || strcmp (item->d_name, "..") == 0)
    return TRUE;
  if (length > 0)
    g_string_append_c (w->path, '/');
  g_string_append (w->path, item->d_name);

  fault = shoal_name_check (item->d_name, -1);
  if (fault != SHOAL_NAME_OK)
    shoal_scan_note (w->walk, w->path->str, "is left out: its name %s",
                     shoal_name_fault_get_text (fault));
  else
    ok = add_entry (w, folder, item->d_name, item->d_type, error);
  g_string_truncate (w->path, length);
  return ok;
}

/* @fd is closed. */
static gboolean
read_folder (Walker *w, int fd, GError **error)
{
  DIR *dir = fdopendir (fd);
  struct dirent *item;
  gboolean ok = TRUE;

  if (dir == NULL)
    {
      close (fd);
      return shoal_error_set_errno (error, errno, "look into “%s”", w->path->str);
    }
  errno = 0;
  while (ok && (item = readdir (dir)) != NULL)
    {
      ok = visit (w, fd, item, error);
      errno = 0;
    }
  if (ok && errno != 0)
    shoal_scan_note (w->walk, w->path->str, "is only there in part: %s", g_strerror (errno));
  closedir (dir);
  return ok;
}

static gboolean
open_root (const ShoalScanRoot *root, int *fd, struct stat *buf, GError **error)
{
  /* O_NONBLOCK: it may have become a pipe. */
  *fd = shoal_beneath_open_resolved (root->path, O_RDONLY | O_NONBLOCK);
  if (*fd < 0 || fstat (*fd, buf) != 0)
    {
      if (shoal_path_is_from_portal (root->path))
        shoal_error_set_not_granted (error, root->path);
      else
        shoal_error_set_errno (error, errno, "read “%s”", root->path);
      if (*fd >= 0)
        close (*fd);
      return FALSE;
    }
  return TRUE;
}

gboolean
shoal_scan_add_root (ShoalScanWalk *walk, uint32_t index, GError **error)
{
  const ShoalScanRoot *root = &g_array_index (walk->roots, ShoalScanRoot, index);
  g_autoptr (GString) path = g_string_new (NULL);
  g_autoptr (GArray) ancestors = g_array_new (FALSE, FALSE, sizeof (struct stat));
  Walker w = { .walk = walk, .root = index, .path = path, .ancestors = ancestors };
  struct stat buf;
  int fd;

  if (!open_root (root, &fd, &buf, error))
    return FALSE;
  if (walk->several || !root->is_folder)
    g_string_assign (path, root->name);
  if (root->is_folder)
    return add_folder (&w, fd, error);
  close (fd);
  return add_file (&w, &buf, error);
}
