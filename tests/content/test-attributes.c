/* test-attributes.c: times and modes beside a description.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-attributes.h"

#include <string.h>

/* A share of "a/one", and what else is given. */
static ShoalDescription *
describe (const char *folder, const char *file)
{
  g_autoptr (ShoalDescriptionBuilder) builder = shoal_description_builder_new ("x", FALSE);
  const ShoalHash root = { { 1 } };

  g_assert_true (shoal_description_builder_add_file (builder, "a/one", 5, &root, NULL));
  if (folder != NULL)
    g_assert_true (shoal_description_builder_add_folder (builder, folder, NULL));
  if (file != NULL)
    g_assert_true (shoal_description_builder_add_file (builder, file, 5, &root, NULL));
  return shoal_description_builder_finish (builder, NULL, NULL, NULL, NULL);
}

static void
test_round_trip (void)
{
  g_autoptr (ShoalDescription) description = describe ("b", "two");
  g_autoptr (ShoalAttributes) given = shoal_attributes_new (description);
  g_autoptr (ShoalAttributes) read = NULL;
  g_autoptr (GBytes) bytes = NULL;
  const uint8_t *data;
  gsize size;

  g_assert_cmpuint (given->n_files, ==, 2);
  g_assert_cmpuint (given->n_folders, ==, 2);
  given->top = (ShoalAttribute){ 1, SHOAL_ATTRIBUTE_HAS_TIME };
  given->files[0] = (ShoalAttribute){ -5, SHOAL_ATTRIBUTE_HAS_TIME | SHOAL_ATTRIBUTE_EXECUTABLE };
  given->files[1] = (ShoalAttribute){ 77, 0 }; /* no time: not written */
  given->folders[1] = (ShoalAttribute){ G_MAXINT64, SHOAL_ATTRIBUTE_HAS_TIME };
  bytes = shoal_attributes_write (given);
  data = g_bytes_get_data (bytes, &size);
  g_assert_cmpuint (size, ==, 9 + 5 * 9);

  read = shoal_attributes_parse (bytes, description, NULL);
  g_assert_nonnull (read);
  g_assert_cmpint (read->top.mtime, ==, 1);
  g_assert_cmpint (read->files[0].mtime, ==, -5);
  g_assert_cmpuint (read->files[0].flags, ==, 3);
  g_assert_cmpint (read->files[1].mtime, ==, 0);
  g_assert_cmpint (read->folders[1].mtime, ==, G_MAXINT64);

  for (gsize i = 0; i <= size + 1; i++)
    {
      g_autofree uint8_t *copy = g_malloc0 (size + 1);
      g_autoptr (GBytes) cut = NULL;
      g_autoptr (ShoalAttributes) again = NULL;
      g_autoptr (GError) error = NULL;

      memcpy (copy, data, MIN (i, size));
      cut = g_bytes_new (copy, i);
      again = shoal_attributes_parse (cut, description, &error);
      g_assert_cmpint (again != NULL, ==, i == size);
      if (i != size)
        g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_INVALID);
    }
}

static void
test_bad (void)
{
  g_autoptr (ShoalDescription) description = describe (NULL, NULL);
  /* version, files, folders; then top, file, folder */
  const struct
  {
    gsize   at;
    uint8_t value;
  } cases[] = {
    { 0, 2 }, { 4, 2 }, { 8, 2 }, { 8, 0 }, { 17, 1 }, { 17, 4 }, { 26, 4 }, { 35, 1 }, { 10, 1 },
  };

  for (gsize i = 0; i <= G_N_ELEMENTS (cases); i++)
    {
      uint8_t data[36] = { 1, 0, 0, 0, 1, 0, 0, 0, 1 };
      g_autoptr (GBytes) bytes = NULL;
      g_autoptr (ShoalAttributes) read = NULL;

      if (i < G_N_ELEMENTS (cases))
        data[cases[i].at] = cases[i].value;
      bytes = g_bytes_new (data, sizeof data);
      read = shoal_attributes_parse (bytes, description, NULL);
      g_assert_cmpint (read != NULL, ==, i == G_N_ELEMENTS (cases));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content/attributes/round-trip", test_round_trip);
  g_test_add_func ("/content/attributes/bad", test_bad);
  return g_test_run ();
}
