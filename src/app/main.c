/* main.c: the program shoal.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-application.h"

#include <glib/gi18n.h>
#include <locale.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

/* As in shoal-cli: buffers of a mebibyte come and go hundreds of times a second. */
static void
keep_freed_pages (void)
{
#ifdef __GLIBC__
  mallopt (M_MMAP_THRESHOLD, 32 * 1024 * 1024);
  mallopt (M_TRIM_THRESHOLD, 32 * 1024 * 1024);
#endif
}

int
main (int argc, char **argv)
{
  int status;

  keep_freed_pages ();
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, SHOAL_LOCALE_DIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  do
    {
      g_autoptr (ShoalApplication) application = shoal_application_new (NULL, NULL);

      status = g_application_run (G_APPLICATION (application), argc, argv);
    }
  while (status == SHOAL_APPLICATION_AGAIN);
  return status;
}
