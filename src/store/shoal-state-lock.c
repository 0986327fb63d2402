/* shoal-state-lock.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-store"

#include "config.h"

#include "shoal-state-lock.h"

#include "shoal-error.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* The command as typed, on one line; arguments may be long (many paths). */
static char *
own_command (void)
{
  g_autofree char *data = NULL;
  gsize size = 0;

  if (!g_file_get_contents ("/proc/self/cmdline", &data, &size, NULL) || size == 0)
    return g_strdup (g_get_prgname () != NULL ? g_get_prgname () : "?");
  size = MIN (size, 200);
  for (gsize i = 0; i < size; i++)
    if ((guchar) data[i] < ' ')
      data[i] = ' ';
  data[size - 1] = '\0';
  return g_utf8_make_valid (g_strchomp (data), -1);
}

static void
set_in_use (int fd, const char *directory, GError **error)
{
  char text[512] = "";
  ssize_t got = pread (fd, text, sizeof text - 1, 0);
  g_auto (GStrv) lines = NULL;

  text[MAX (got, 0)] = '\0';
  lines = g_strsplit (text, "\n", 3);
  if (lines[0] == NULL || lines[0][0] == '\0' || lines[1] == NULL)
    shoal_error_set (error, SHOAL_ERROR_IN_USE, SHOAL_SIDE_HERE,
                     "Use the Shoal that is running, or choose another state directory.",
                     "Another process is using “%s”", directory);
  else
    shoal_error_set (error, SHOAL_ERROR_IN_USE, SHOAL_SIDE_HERE,
                     "Use the Shoal that is running, or choose another state directory.",
                     "Process %s (%s) is using “%s”", lines[0], lines[1], directory);
}

int
shoal_state_lock_take (const char *directory, GError **error)
{
  g_autofree char *path = g_build_filename (directory, "lock", NULL);
  g_autofree char *command = own_command ();
  g_autofree char *text = g_strdup_printf ("%d\n%s\n", (int) getpid (), command);
  size_t size = strlen (text);
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);

  if (fd < 0)
    {
      shoal_error_set_errno (error, errno, "open “%s”", path);
      return -1;
    }
  if (flock (fd, LOCK_EX | LOCK_NB) != 0)
    {
      if (errno == EWOULDBLOCK)
        set_in_use (fd, directory, error);
      else
        shoal_error_set_errno (error, errno, "lock “%s”", path);
      close (fd);
      return -1;
    }
  /* Only a help for whom the lock turns away: not worth failing for. */
  if (ftruncate (fd, 0) != 0 || pwrite (fd, text, size, 0) != (ssize_t) size)
    g_debug ("Could not write %s: %s", path, g_strerror (errno));
  return fd;
}
