/* test-scan.c: what a scan finds, and what it leaves out.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "store-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static const ShoalHash DRAFT = { { 9 } };

static char *
list (ShoalScan *scan)
{
  ShoalDescription *description = shoal_scan_get_description (scan);
  GString *text = g_string_new (shoal_description_get_name (description));

  for (uint32_t i = 0; i < shoal_description_get_n_files (description); i++)
    {
      const ShoalFile *file = shoal_description_get_file (description, i);

      g_string_append_printf (text, " %s=%u", file->path, (unsigned) file->length);
    }
  for (uint32_t i = 0; i < shoal_description_get_n_folders (description); i++)
    g_string_append_printf (text, " %s/", shoal_description_get_folder (description, i)->path);
  return g_string_free (text, FALSE);
}

static gboolean
has_note (ShoalScan *scan, const char *text)
{
  const char *const *notes = shoal_scan_get_notes (scan);

  for (guint i = 0; notes[i] != NULL; i++)
    if (strstr (notes[i], text) != NULL)
      return TRUE;
  return FALSE;
}

static void
test_folder (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree char *text = NULL;
  g_autofree char *empty = store_fixture_path (f, "share/empty/deep");
  g_autofree char *tool = store_fixture_path (f, "share/b/tool");
  g_autofree char *location = NULL;
  const ShoalAttributes *attributes;
  struct timespec times[2] = { { 1000, 5 }, { 1000, 5 } };

  store_fixture_write (f, "share/b/tool", 10, 1);
  store_fixture_write (f, "share/a", 0, 1);
  store_fixture_write (f, "share/b.txt", 5, 1);
  g_assert_cmpint (g_mkdir_with_parents (empty, 0755), ==, 0);
  g_assert_cmpint (g_chmod (tool, 0755), ==, 0);
  g_assert_cmpint (utimensat (AT_FDCWD, tool, times, 0), ==, 0);
  g_assert_cmpint (utimensat (AT_FDCWD, empty, times, 0), ==, 0);

  scan = store_fixture_scan (f, "share");
  text = list (scan);
  /* Tree order: names compare as bytes, element by element. */
  g_assert_cmpstr (text, ==, "share a=0 b/tool=10 b.txt=5 b/ empty/ empty/deep/");
  g_assert_cmpuint (shoal_scan_get_n_notes (scan), ==, 0);
  location = shoal_scan_get_location (scan, 1);
  g_assert_cmpstr (location, ==, tool);
  g_assert_cmpstr (shoal_scan_get_path_beneath (scan, 1), ==, "b/tool");

  attributes = shoal_scan_get_attributes (scan);
  g_assert_cmpint (attributes->files[1].mtime, ==, G_GINT64_CONSTANT (1000000000005));
  g_assert_cmpint (attributes->files[1].flags, ==,
                   SHOAL_ATTRIBUTE_EXECUTABLE | SHOAL_ATTRIBUTE_HAS_TIME);
  g_assert_cmpint (attributes->files[0].flags, ==, SHOAL_ATTRIBUTE_HAS_TIME);
  g_assert_cmpint (attributes->folders[2].mtime, ==, G_GINT64_CONSTANT (1000000000005));
  g_assert_cmpint (attributes->top.flags, ==, SHOAL_ATTRIBUTE_HAS_TIME);
}

static void
test_single (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree char *text = NULL;
  g_autofree char *location = NULL;
  g_autofree char *path = store_fixture_path (f, "one.bin");

  store_fixture_write (f, "one.bin", 20000, 1);
  scan = store_fixture_scan (f, "one.bin");
  text = list (scan);
  g_assert_cmpstr (text, ==, "one.bin one.bin=20000");
  g_assert_true (shoal_description_is_single_file (shoal_scan_get_description (scan)));
  g_assert_cmpstr (shoal_scan_get_path_beneath (scan, 0), ==, "");
  location = shoal_scan_get_location (scan, 0);
  g_assert_cmpstr (location, ==, path);
  g_assert_cmpuint (shoal_scan_get_stamp (scan, 0)->size, ==, 20000);
}

static void
test_several (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree char *text = NULL;
  g_autofree char *location = NULL;
  g_autofree char *one = store_fixture_path (f, "x/name.txt");
  g_autofree char *two = store_fixture_path (f, "y/NAME.txt");
  g_autofree char *three = store_fixture_path (f, "z/");
  const char *paths[] = { one, two, three, one, NULL };

  store_fixture_write (f, "x/name.txt", 1, 1);
  store_fixture_write (f, "y/NAME.txt", 2, 1);
  store_fixture_write (f, "z/in/side", 3, 1);
  scan = shoal_scan_now (paths, &DRAFT, NULL, &error);
  g_assert_no_error (error);
  text = list (scan);
  g_assert_cmpstr (text, ==,
                   "3 items NAME (1).txt=2 name.txt=1 z/in/side=3 z/ z/in/");
  g_assert_true (has_note (scan, "NAME (1).txt"));
  g_assert_true (has_note (scan, "twice"));
  g_assert_cmpuint (g_strv_length ((char **) shoal_scan_get_roots (scan)), ==, 3);
  g_assert_cmpstr (shoal_scan_get_path_beneath (scan, 2), ==, "in/side");
  location = shoal_scan_get_location (scan, 0);
  g_assert_cmpstr (location, ==, two);
  g_assert_cmpuint (shoal_scan_get_root_of (scan, 2), ==, 2);
}

static void
test_links (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autoptr (ShoalScan) by_link = NULL;
  g_autofree char *text = NULL;
  g_autofree char *text_by_link = NULL;
  g_autofree char *loop = store_fixture_path (f, "share/loop");
  g_autofree char *out = store_fixture_path (f, "share/out");
  g_autofree char *link = store_fixture_path (f, "alias");
  g_autofree char *pipe = store_fixture_path (f, "share/pipe");
  g_autofree char *real = store_fixture_path (f, "share");

  store_fixture_write (f, "share/a", 1, 1);
  store_fixture_write (f, "secret", 1, 1);
  g_assert_cmpint (symlink (".", loop), ==, 0);
  g_assert_cmpint (symlink ("../secret", out), ==, 0);
  g_assert_cmpint (symlink ("share", link), ==, 0);
  g_assert_cmpint (mkfifo (pipe, 0600), ==, 0);
  scan = store_fixture_scan (f, "share");
  text = list (scan);
  g_assert_cmpstr (text, ==, "share a=1");
  g_assert_cmpuint (shoal_scan_get_n_notes (scan), ==, 3);
  g_assert_true (has_note (scan, "“loop” is left out: it is a symbolic link"));
  g_assert_true (has_note (scan, "“out” is left out"));
  g_assert_true (has_note (scan, "“pipe” is left out: it is a special file"));

  /* Given by the person, it is followed and keeps its name. */
  by_link = store_fixture_scan (f, "alias");
  text_by_link = list (by_link);
  g_assert_cmpstr (text_by_link, ==, "alias a=1");
  g_assert_cmpstr (shoal_scan_get_roots (by_link)[0], ==, real);
}

static void
test_names (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree char *text = NULL;

  store_fixture_write (f, "share/good", 1, 1);
  store_fixture_write (f, "share/bad\nname", 1, 1);
  store_fixture_write (f, "share/bad\xff", 1, 1);
  store_fixture_write (f, "share/back\\slash", 1, 1);
  store_fixture_write (f, "share/x.shoal.part", 1, 1);
  store_fixture_write (f, "share/bad\x01" "dir/inside", 1, 1);
  store_fixture_write (f, "share/Case", 1, 1);
  store_fixture_write (f, "share/case", 2, 1);
  scan = store_fixture_scan (f, "share");
  text = list (scan);
  g_assert_cmpstr (text, ==, "share Case=1 good=1");
  g_assert_cmpuint (shoal_scan_get_n_notes (scan), ==, 6);
  g_assert_true (has_note (scan, "“case” is left out"));
  g_assert_true (has_note (scan, "“bad\\x0Aname” is left out")
                 || has_note (scan, "“bad\\x0aname” is left out")
                 || has_note (scan, "“bad\\u{000A}name” is left out")
                 || has_note (scan, "“bad\\u{000a}name” is left out"));
}

static void
test_unreadable (StoreFixture *f, gconstpointer data)
{
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree char *text = NULL;
  g_autofree char *secret = store_fixture_path (f, "share/secret");
  g_autofree char *closed = store_fixture_path (f, "share/closed");

  uid_t uid = geteuid ();

  store_fixture_write (f, "share/good", 1, 1);
  store_fixture_write (f, "share/secret", 1, 1);
  store_fixture_write (f, "share/closed/inside", 1, 1);
  g_chmod (secret, 0);
  g_chmod (closed, 0);
  /* Root can read everything: be nobody for a while. */
  g_chmod (f->dir, 0755);
  if (uid == 0)
    g_assert_cmpint (seteuid (65534), ==, 0);
  scan = store_fixture_scan (f, "share");
  g_assert_cmpint (seteuid (uid), ==, 0);
  text = list (scan);
  g_assert_cmpstr (text, ==, "share good=1");
  g_assert_cmpuint (shoal_scan_get_n_notes (scan), ==, 2);
}

static void
test_errors (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autofree char *missing = store_fixture_path (f, "missing");
  g_autofree char *unsafe = store_fixture_path (f, "a\nb");
  const char *paths[] = { missing, NULL };
  const char *device[] = { "/dev/null", NULL };
  const char *unsafe_paths[] = { unsafe, NULL };
  const char *dir[] = { f->dir, NULL };

  g_assert_null (shoal_scan_now (paths, &DRAFT, NULL, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_NOT_FOUND);
  g_clear_error (&error);
  g_assert_null (shoal_scan_now (device, &DRAFT, NULL, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_UNSUPPORTED);
  g_clear_error (&error);
  store_fixture_write (f, "a\nb", 1, 1);
  g_assert_null (shoal_scan_now (unsafe_paths, &DRAFT, NULL, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_UNSAFE_NAME);
  g_clear_error (&error);
  g_cancellable_cancel (cancellable);
  g_assert_null (shoal_scan_now (dir, &DRAFT, cancellable, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_CANCELLED);
}

static void
test_deep (StoreFixture *f, gconstpointer data)
{
  g_autoptr (GString) path = g_string_new ("share");
  g_autoptr (ShoalScan) scan = NULL;

  store_fixture_write (f, "share/ok", 1, 1);
  for (int i = 0; i < 70; i++)
    {
      g_string_append (path, "/d");
      if (i == 68)
        {
          g_autofree char *file = g_strconcat (path->str, "/f", NULL);

          store_fixture_write (f, file, 1, 1);
        }
    }
  scan = store_fixture_scan (f, "share");
  g_assert_cmpuint (shoal_description_get_n_files (shoal_scan_get_description (scan)), ==, 1);
  g_assert_cmpuint (shoal_scan_get_n_notes (scan), >, 0);
}

static void
on_scanned (ShoalScan *scan, const GError *error, gpointer user_data)
{
  g_assert_no_error (error);
  *(ShoalScan **) user_data = shoal_scan_ref (scan);
}

static void
test_many (StoreFixture *f, gconstpointer data)
{
  guint n = g_test_slow () ? 100000 : 5000;
  g_autoptr (ShoalScan) scan = NULL;
  g_autofree char *share = store_fixture_path (f, "share");
  const char *paths[] = { share, NULL };
  gint64 start;
  double cpu;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *name = g_strdup_printf ("share/folder %u/file number %u.txt", i / 500, i);

      store_fixture_write (f, name, 1, 1);
    }
  for (int pass = 0; pass < 2; pass++)
    {
      g_clear_pointer (&scan, shoal_scan_unref);
      start = g_get_monotonic_time ();
      cpu = store_fixture_cpu ();
      shoal_scan_async (SHOAL_RUNTIME (f->runtime), paths, &DRAFT, NULL, on_scanned, &scan);
      shoal_main_runtime_drain (f->runtime);
      g_test_message ("%u files scanned in %.3f s, %.3f s of processor time", n,
                      (double) (g_get_monotonic_time () - start) / 1e6,
                      store_fixture_cpu () - cpu);
    }
  g_assert_cmpuint (shoal_description_get_n_files (shoal_scan_get_description (scan)), ==, n);
  if (g_test_perf ())
    {
      g_autofree char *status = NULL;

      g_file_get_contents ("/proc/self/status", &status, NULL, NULL);
      g_test_message ("%s", strstr (status, "VmHWM"));
    }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func)                                                                           \
  g_test_add ("/store/scan/" path, StoreFixture, NULL, store_fixture_set_up, func,                \
              store_fixture_tear_down)
  ADD ("folder", test_folder);
  ADD ("single", test_single);
  ADD ("several", test_several);
  ADD ("links", test_links);
  ADD ("names", test_names);
  ADD ("unreadable", test_unreadable);
  ADD ("errors", test_errors);
  ADD ("deep", test_deep);
  ADD ("many", test_many);
  return g_test_run ();
}
