/* test-portal-path.c: what a sandbox calls a file, and what people do.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-portal-path.h"

static const struct
{
  const char *path;
  const char *known; /* NULL: is no portal's */
} CASES[] = {
  { "/run/user/77/doc/3f2a/Holiday", "Holiday" },
  { "/run/user/77/doc/3f2a/Holiday/day 1/ä.jpg", "Holiday/day 1/ä.jpg" },
  { "/run/flatpak/doc/1/a", "a" },
  { "/run/user/77/doc/3f2a", NULL },
  { "/run/user/77/doc/3f2a/", NULL },
  { "/run/user/77/doc//a", NULL },
  { "/run/user/77/doc", NULL },
  { "/run/user/77/document/3f2a/a", NULL },
  { "/run/user/777/doc/3f2a/a", NULL },
  { "/home/anna/doc/3f2a/a", NULL },
  { "doc/3f2a/a", NULL },
  { "", NULL },
};

static void
test_names (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autofree char *known = shoal_path_without_portal (CASES[i].path);

      g_assert_cmpint (shoal_path_is_from_portal (CASES[i].path), ==, CASES[i].known != NULL);
      g_assert_cmpstr (known, ==, CASES[i].known != NULL ? CASES[i].known : CASES[i].path);
    }
}

int
main (int argc, char **argv)
{
  g_setenv ("XDG_RUNTIME_DIR", "/run/user/77", TRUE);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/portal-path/names", test_names);
  return g_test_run ();
}
