/* main-loop-delay.c: how late a program's main loop is, measured from within: LD_PRELOAD this.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include <glib.h>
#include <stdio.h>

/* A timer of 10 ms on the default context. Each time it fires, the microseconds
 * by which it is late go to the file that SHOAL_DELAYS names, one a line; with
 * the monotonic time before it, so that a part of a run can be looked at. */
#define INTERVAL_MS 10

static FILE *file;
static gint64 due;

static gboolean
on_timer (gpointer user_data)
{
  gint64 now = g_get_monotonic_time ();

  if (due != 0)
    fprintf (file, "%" G_GINT64_FORMAT " %" G_GINT64_FORMAT "\n", now, now - due);
  due = now + INTERVAL_MS * 1000;
  return G_SOURCE_CONTINUE;
}

__attribute__ ((constructor)) static void
begin (void)
{
  const char *path = g_getenv ("SHOAL_DELAYS");

  if (path == NULL)
    return;
  file = fopen (path, "w");
  if (file == NULL)
    return;
  setlinebuf (file);
  /* Children are other programs. */
  g_unsetenv ("LD_PRELOAD");
  g_timeout_add (INTERVAL_MS, on_timer, NULL);
}
