/* test-file-list.c: lists of files: immutable, shared between threads, large.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define SHOAL_ENGINE_ROOM

#include "config.h"

#include "shoal-file-list-private.h"

#define MANY 100000u

static ShoalDescription *
describe (guint n)
{
  ShoalDescriptionBuilder *builder = shoal_description_builder_new ("Many", FALSE);
  ShoalHash draft = { { 1 } };
  g_autoptr (GError) error = NULL;
  ShoalDescription *description;

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *path = g_strdup_printf ("folder %03u/file %05u", i / 1000, i);

      g_assert_true (shoal_description_builder_add_file (builder, path, i, NULL, &error));
      g_assert_no_error (error);
    }
  description = shoal_description_builder_finish (builder, &draft, NULL, NULL, &error);
  g_assert_no_error (error);
  shoal_description_builder_free (builder);
  return description;
}

static void
test_states (void)
{
  g_autoptr (ShoalDescription) description = describe (3);
  g_autoptr (ShoalFileList) list = shoal_file_list_new (description);
  ShoalListedFile file;

  shoal_file_list_get (list, 1, &file);
  g_assert_cmpint (file.state, ==, SHOAL_LISTED_OFFERED);
  g_assert_null (file.why);
  shoal_file_list_set (list, 1, SHOAL_LISTED_FAILED, 0, "The disk said no");
  shoal_file_list_set (list, 2, SHOAL_LISTED_PARTIAL, 1, NULL);
  shoal_file_list_get (list, 1, &file);
  g_assert_cmpint (file.state, ==, SHOAL_LISTED_FAILED);
  g_assert_cmpstr (file.why, ==, "The disk said no");
  shoal_file_list_get (list, 2, &file);
  g_assert_cmpint (file.state, ==, SHOAL_LISTED_PARTIAL);
  g_assert_cmpuint (file.done, ==, 1);
  g_assert_cmpuint (file.bytes, ==, 2);
  g_assert_cmpstr (file.path, ==, "folder 000/file 00002");
  g_assert_cmpstr (shoal_file_list_get_name (list), ==, "Many");
  g_assert_false (shoal_file_list_is_single_file (list));
  g_assert_cmpuint (shoal_file_list_get_n_folders (list), ==, 1);
}

/* Elsewhere, with what it needs to be read there, while its maker lets go. */
static gpointer
read_all (gpointer data)
{
  g_autoptr (ShoalFileList) list = data;
  uint64_t sum = 0;

  for (guint i = 0; i < shoal_file_list_get_n_files (list); i++)
    {
      ShoalListedFile file;

      shoal_file_list_get (list, i, &file);
      g_assert_cmpuint (file.bytes, ==, i);
      sum += file.done;
    }
  g_assert_cmpuint (sum, ==, 7);
  return NULL;
}

static void
test_many (void)
{
  ShoalDescription *description = describe (MANY);
  ShoalFileList *list = shoal_file_list_new (description);
  GThread *threads[4];

  shoal_description_unref (description);
  shoal_file_list_set (list, MANY - 1, SHOAL_LISTED_PARTIAL, 7, NULL);
  g_assert_cmpuint (shoal_file_list_get_n_files (list), ==, MANY);
  g_assert_cmpuint (shoal_file_list_get_n_folders (list), ==, MANY / 1000);
  g_assert_cmpstr (shoal_file_list_get_folder (list, 99), ==, "folder 099");
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    threads[i] = g_thread_new ("reader", read_all, shoal_file_list_ref (list));
  shoal_file_list_unref (list);
  for (guint i = 0; i < G_N_ELEMENTS (threads); i++)
    g_thread_join (threads[i]);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/engine/file-list/states", test_states);
  g_test_add_func ("/engine/file-list/many", test_many);
  return g_test_run ();
}
