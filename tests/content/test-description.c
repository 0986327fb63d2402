/* test-description.c: building and parsing descriptions of our own.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-description.h"
#include "shoal-sha256.h"

#include <string.h>

static const ShoalHash DRAFT_ID = { { 0xd7, 0xaf, 0x70 } };

/* Anything will do for a root, but one content has one. */
static ShoalHash
root_of (uint64_t content)
{
  ShoalHash hash;

  shoal_sha256 (&content, sizeof content, &hash);
  return hash;
}

static ShoalDescriptionBuilder *
builder_with (const char *name, const char *const *paths, uint64_t length)
{
  ShoalDescriptionBuilder *builder = shoal_description_builder_new (name, FALSE);
  ShoalHash root = root_of (length);

  for (; *paths != NULL; paths++)
    {
      g_autoptr (GError) error = NULL;

      if (g_str_has_suffix (*paths, "/"))
        {
          g_autofree char *folder = g_strndup (*paths, strlen (*paths) - 1);

          shoal_description_builder_add_folder (builder, folder, &error);
        }
      else
        shoal_description_builder_add_file (builder, *paths, length, &root, &error);
      g_assert_no_error (error);
    }
  return builder;
}

static ShoalDescription *
describe (const char *name, const char *const *paths, uint64_t length)
{
  g_autoptr (ShoalDescriptionBuilder) builder = builder_with (name, paths, length);
  g_autoptr (GError) error = NULL;
  ShoalDescription *description
    = shoal_description_builder_finish (builder, NULL, NULL, NULL, &error);

  g_assert_no_error (error);
  return description;
}

static void
assert_same (ShoalDescription *a, ShoalDescription *b)
{
  g_assert_true (shoal_hash_equals (shoal_description_get_id (a), shoal_description_get_id (b)));
  g_assert_true (g_bytes_equal (shoal_description_get_bytes (a), shoal_description_get_bytes (b)));
  g_assert_cmpstr (shoal_description_get_name (a), ==, shoal_description_get_name (b));
  g_assert_cmpint (shoal_description_is_single_file (a), ==, shoal_description_is_single_file (b));
  g_assert_cmpint (shoal_description_is_draft (a), ==, shoal_description_is_draft (b));
  g_assert_cmpuint (shoal_description_get_length (a), ==, shoal_description_get_length (b));
  g_assert_cmpuint (shoal_description_get_piece_length (a), ==,
                    shoal_description_get_piece_length (b));
  g_assert_cmpuint (shoal_description_get_n_pieces (a), ==, shoal_description_get_n_pieces (b));
  g_assert_cmpuint (shoal_description_get_n_files (a), ==, shoal_description_get_n_files (b));
  g_assert_cmpuint (shoal_description_get_n_folders (a), ==, shoal_description_get_n_folders (b));
  for (uint32_t i = 0; i < shoal_description_get_n_files (a); i++)
    {
      const ShoalFile *left = shoal_description_get_file (a, i);
      const ShoalFile *right = shoal_description_get_file (b, i);

      g_assert_cmpstr (left->path, ==, right->path);
      g_assert_cmpuint (left->length, ==, right->length);
      g_assert_true (shoal_hash_equals (&left->key, &right->key));
      g_assert_cmpuint (left->first_piece, ==, right->first_piece);
      g_assert_cmpuint (left->n_pieces, ==, right->n_pieces);
      g_assert_cmpuint (left->folder, ==, right->folder);
      g_assert_cmpuint (left->next_same, ==, right->next_same);
    }
  for (uint32_t i = 0; i < shoal_description_get_n_folders (a); i++)
    {
      const ShoalFolder *left = shoal_description_get_folder (a, i);
      const ShoalFolder *right = shoal_description_get_folder (b, i);

      g_assert_cmpstr (left->path, ==, right->path);
      g_assert_cmpuint (left->parent, ==, right->parent);
      g_assert_cmpuint (left->first_file, ==, right->first_file);
      g_assert_cmpuint (left->n_files, ==, right->n_files);
    }
}

/* Every answer fits every other. */
static void
assert_sound (ShoalDescription *self)
{
  uint32_t n_pieces = 0, index;
  uint64_t length = 0;

  for (uint32_t i = 0; i < shoal_description_get_n_files (self); i++)
    {
      const ShoalFile *file = shoal_description_get_file (self, i);

      g_assert_cmpuint (file->first_piece, ==, n_pieces);
      g_assert_cmpuint (file->n_pieces, ==,
                        shoal_merkle_layer_size (file->length,
                                                 shoal_merkle_piece_layer (
                                                   shoal_description_get_piece_length (self))));
      if (i > 0)
        g_assert_cmpint (shoal_path_compare (file[-1].path, file->path), <, 0);
      g_assert_true (shoal_description_find_path (self, file->path, &index));
      g_assert_cmpuint (index, ==, i);
      g_assert_cmpint (shoal_description_find_key (self, &file->key, &index), ==, file->length > 0);
      while (file->length > 0 && index != i)
        {
          g_assert_cmpuint (index, <, i);
          index = shoal_description_get_file (self, index)->next_same;
        }
      if (file->n_pieces > 0)
        {
          g_assert_cmpuint (shoal_description_file_of_piece (self, n_pieces), ==, i);
          g_assert_cmpuint (
            shoal_description_file_of_piece (self, n_pieces + file->n_pieces - 1), ==, i);
        }
      n_pieces += file->n_pieces;
      length += file->length;
    }
  g_assert_cmpuint (n_pieces, ==, shoal_description_get_n_pieces (self));
  g_assert_cmpuint (length, ==, shoal_description_get_length (self));

  for (uint32_t i = 0; i < shoal_description_get_n_folders (self); i++)
    {
      const ShoalFolder *folder = shoal_description_get_folder (self, i);
      g_autofree char *prefix = g_strconcat (folder->path, "/", NULL);
      uint32_t n = 0;

      for (uint32_t j = 0; j < shoal_description_get_n_files (self); j++)
        {
          gboolean is_beneath
            = g_str_has_prefix (shoal_description_get_file (self, j)->path, prefix);

          g_assert_cmpint (is_beneath, ==,
                           j >= folder->first_file && j - folder->first_file < folder->n_files);
          n += is_beneath;
        }
      g_assert_cmpuint (n, ==, folder->n_files);
    }
}

static ShoalDescription *
parse_again (ShoalDescription *self)
{
  g_autoptr (GError) error = NULL;
  GBytes *bytes = shoal_description_get_bytes (self);
  ShoalDescription *again
    = shoal_description_is_draft (self)
      ? shoal_description_parse_draft (bytes, shoal_description_get_id (self), &error)
      : shoal_description_parse (bytes, SHOAL_NAMES_REFUSE, &error);

  g_assert_no_error (error);
  return again;
}

/* --- Building ------------------------------------------------------------ */

static void
test_order (void)
{
  const char *const given[] = { "b",   "a b/x",  "a/z",  "a.b", "a/b/c",
                                "empty/", "a/b/", "a-b", NULL };
  const char *const shuffled[] = { "a/b/", "a/b/c", "a.b", "a b/x", "empty/", "a-b", "b", "a/z",
                                   NULL };
  const char *const want[] = { "a/b/c", "a/z", "a b/x", "a-b", "a.b", "b" };
  const char *const folders[] = { "a", "a/b", "a b", "empty" };
  g_autoptr (ShoalDescription) one = describe ("top", given, 100000);
  g_autoptr (ShoalDescription) two = describe ("top", shuffled, 100000);
  g_autoptr (ShoalDescription) again = parse_again (one);

  assert_same (one, two);
  assert_same (one, again);
  assert_sound (one);
  g_assert_cmpuint (shoal_description_get_n_files (one), ==, G_N_ELEMENTS (want));
  for (uint32_t i = 0; i < G_N_ELEMENTS (want); i++)
    g_assert_cmpstr (shoal_description_get_file (one, i)->path, ==, want[i]);
  g_assert_cmpuint (shoal_description_get_n_folders (one), ==, G_N_ELEMENTS (folders));
  for (uint32_t i = 0; i < G_N_ELEMENTS (folders); i++)
    g_assert_cmpstr (shoal_description_get_folder (one, i)->path, ==, folders[i]);
  g_assert_cmpuint (shoal_description_get_folder (one, 1)->parent, ==, 0);
  g_assert_cmpuint (shoal_description_get_file (one, 0)->folder, ==, 1);
  g_assert_cmpuint (shoal_description_get_file (one, 5)->folder, ==, SHOAL_NO_FOLDER);
}

static void
test_shapes (void)
{
  const char *const just_it[] = { "x", NULL };
  const char *const nothing[] = { NULL };
  g_autoptr (ShoalDescription) single = describe ("x", just_it, 1);
  g_autoptr (ShoalDescription) folder = describe ("y", just_it, 1);
  g_autoptr (ShoalDescription) empty = describe ("z", nothing, 1);
  g_autoptr (ShoalDescription) again = parse_again (empty);
  const char *want = "d9:file treede12:meta versioni2e4:name1:z12:piece lengthi65536ee";
  gsize size;
  const char *text = g_bytes_get_data (shoal_description_get_bytes (empty), &size);

  g_assert_true (shoal_description_is_single_file (single));
  g_assert_false (shoal_description_is_single_file (folder));
  g_assert_false (shoal_description_is_single_file (empty));
  g_assert_cmpuint (shoal_description_get_piece_length (empty), ==, 65536);
  assert_same (empty, again);

  g_assert_cmpmem (text, size, want, strlen (want));
}

static void
test_builder_refuses (void)
{
  const char *const clash[] = { "a/File", "a/file", "b/file", NULL };
  const char *const twice[] = { "a", "a", NULL };
  const char *const both[] = { "a/b", "a", NULL };
  const char *const folder_too[] = { "a", "a/", NULL };
  const struct
  {
    const char *const *paths;
    const char        *name;
    int                code;
  } cases[] = {
    { clash, "x", SHOAL_ERROR_UNSAFE_NAME }, { twice, "x", SHOAL_ERROR_INVALID },
    { both, "x", SHOAL_ERROR_INVALID },      { folder_too, "x", SHOAL_ERROR_INVALID },
    { both + 1, "..", SHOAL_ERROR_UNSAFE_NAME },
  };
  ShoalHash root = root_of (1);

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ShoalDescriptionBuilder) builder
        = builder_with (cases[i].name, cases[i].paths, 5);
      g_autoptr (GError) error = NULL;

      g_assert_null (shoal_description_builder_finish (builder, NULL, NULL, NULL, &error));
      g_assert_error (error, SHOAL_ERROR, cases[i].code);
    }

  {
    g_autoptr (ShoalDescriptionBuilder) builder = shoal_description_builder_new ("x", TRUE);
    g_autoptr (GError) error = NULL;

    g_assert_false (shoal_description_builder_add_file (builder, "a/../b", 1, &root, &error));
    g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_UNSAFE_NAME);
    g_assert_nonnull (shoal_error_get_next (error));
    g_clear_error (&error);
    g_assert_true (shoal_description_builder_add_file (builder, "a", 1, NULL, NULL));
    g_assert_null (shoal_description_builder_finish (builder, NULL, NULL, NULL, &error));
    g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_FAILED); /* not hashed */
    g_clear_error (&error);
    g_assert_true (shoal_description_builder_add_file (builder, "a", 1, &root, NULL));
    g_assert_null (shoal_description_builder_finish (builder, NULL, NULL, NULL, &error));
    g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_FAILED); /* not called "x" */
  }
}

static void
on_clash (const char *path, const char *earlier, gpointer user_data)
{
  g_string_append_printf (user_data, "%s=%s;", path, earlier);
}

static void
test_clashes_left_out (void)
{
  const char *const given[] = { "A/x", "a/y", "a/z/w", "a/Z/v", "b/File", "b/file", "b/FILE", "b/é",
                                "b/e\xcc\x81", "c", NULL };
  const char *const want[] = { "A/x", "b/FILE", "b/e\xcc\x81", "c", NULL };
  g_autoptr (ShoalDescriptionBuilder) builder = builder_with ("x", given, 5);
  g_autoptr (GString) clashes = g_string_new (NULL);
  g_autoptr (ShoalDescription) expected = describe ("x", want, 5);
  g_autoptr (ShoalDescription) made
    = shoal_description_builder_finish (builder, NULL, on_clash, clashes, NULL);

  assert_same (made, expected);
  g_assert_cmpstr (clashes->str, ==,
                   "a=A;b/File=b/FILE;b/file=b/FILE;b/é=b/e\xcc\x81;");
}

static void
test_piece_length (void)
{
  const uint64_t MiB = 1024 * 1024;
  const struct
  {
    uint64_t length;
    size_t   n_files;
    uint32_t piece_length;
  } cases[] = {
    { 0, 1, 65536 },
    { 256 * MiB, 1, 65536 },
    { 256 * MiB + 1, 1, 131072 },
    { 512 * MiB, 1, 131072 },
    { 65536 * MiB, 1, 16777216 },
    { 65536 * MiB + 1, 1, 16777216 },
    { 256 * MiB, 512, 65536 },
    { 256 * MiB, 513, 131072 }, /* 2²¹ pieces in all */
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree uint64_t *lengths = g_new (uint64_t, cases[i].n_files);

      for (size_t j = 0; j < cases[i].n_files; j++)
        lengths[j] = cases[i].length;
      g_assert_cmpuint (shoal_piece_length_for (lengths, cases[i].n_files), ==,
                        cases[i].piece_length);
    }
  g_assert_cmpuint (shoal_piece_length_for (NULL, 0), ==, 65536);
}

/* --- Drafts -------------------------------------------------------------- */

static void
test_draft (void)
{
  const char *const paths[] = { "a/one", "a/two", "b/", "three", NULL };
  const char *const rest[] = { "a/", "a/one", "b/", "three", NULL };
  g_autoptr (ShoalDescriptionBuilder) builder = builder_with ("x", paths, 70000);
  g_autoptr (ShoalDescription) draft
    = shoal_description_builder_finish (builder, &DRAFT_ID, NULL, NULL, NULL);
  g_autoptr (ShoalDescription) again = parse_again (draft);
  g_autoptr (ShoalDescription) full = describe ("x", paths, 70000);
  g_autoptr (ShoalDescription) part = describe ("x", rest, 70000);
  const ShoalHash roots[3] = { root_of (70000), root_of (70000), root_of (70000) };
  const gboolean left_out[3] = { FALSE, TRUE, FALSE };
  g_autoptr (ShoalDescription) complete = NULL;
  g_autoptr (ShoalDescription) partial = NULL;
  ShoalHash key, other;
  uint32_t index;

  g_assert_true (shoal_description_is_draft (draft));
  g_assert_true (shoal_hash_equals (shoal_description_get_id (draft), &DRAFT_ID));
  assert_same (draft, again);
  assert_sound (draft);
  shoal_file_key_for_draft (&DRAFT_ID, 1, &key);
  g_assert_true (shoal_description_find_key (draft, &key, &index));
  g_assert_cmpuint (index, ==, 1);
  shoal_file_key_for_draft (&DRAFT_ID, 2, &other);
  g_assert_false (shoal_hash_equals (&key, &other));
  shoal_file_key_for_draft (&DRAFT_ID, 3, &other);
  g_assert_false (shoal_description_find_key (draft, &other, &index));

  complete = shoal_description_complete (draft, roots, NULL, NULL);
  assert_same (complete, full);
  g_assert_cmpuint (shoal_description_get_file (full, 0)->next_same, ==, 1);
  partial = shoal_description_complete (draft, roots, left_out, NULL);
  assert_same (partial, part);
}

/* What another implementation must compute. */
static void
test_draft_key (void)
{
  g_autofree char *hex = NULL;
  ShoalHash id, key;

  memset (&id, 0xab, sizeof id);
  shoal_file_key_for_draft (&id, 258, &key);
  hex = shoal_hash_to_hex (&key);
  g_assert_cmpstr (hex, ==, "435e9c4fc8f233c35a7ad4e281f1b67476749877249066fe1161c0e20db45f9b");
}

/* --- Random trees -------------------------------------------------------- */

static const char *const NAMES[] = {
  "a", "b", "a b", "a.b", "a-b", "ab", "z", ".x", "0", "ä", "é", "東京", "🐟", "~", "long name here",
};

static void
add_random (ShoalDescriptionBuilder *builder, const char *prefix, unsigned depth)
{
  for (size_t i = 0; i < G_N_ELEMENTS (NAMES); i++)
    {
      g_autofree char *path
        = *prefix != '\0' ? g_strdup_printf ("%s/%s", prefix, NAMES[i]) : g_strdup (NAMES[i]);
      uint64_t length = (uint64_t) g_test_rand_int_range (0, 10) * 33333;
      ShoalHash root = root_of (length);

      switch (g_test_rand_int_range (0, depth < 4 ? 6 : 4))
        {
        case 0:
        case 1:
          break;
        case 2:
          g_assert_true (shoal_description_builder_add_folder (builder, path, NULL));
          break;
        case 3:
          g_assert_true (
            shoal_description_builder_add_file (builder, path, length, &root, NULL));
          break;
        default:
          if (g_test_rand_bit ())
            g_assert_true (shoal_description_builder_add_folder (builder, path, NULL));
          add_random (builder, path, depth + 1 + (unsigned) g_test_rand_int_range (0, 3));
          break;
        }
    }
}

static void
test_random_trees (void)
{
  for (unsigned i = 0; i < 40; i++)
    {
      g_autoptr (ShoalDescriptionBuilder) builder = shoal_description_builder_new ("top", FALSE);
      gboolean is_draft = i % 4 == 0;
      g_autoptr (ShoalDescription) made = NULL;
      g_autoptr (ShoalDescription) again = NULL;
      g_autoptr (GError) error = NULL;

      add_random (builder, "", 0);
      made = shoal_description_builder_finish (builder, is_draft ? &DRAFT_ID : NULL, NULL, NULL,
                                               &error);
      g_assert_no_error (error);
      again = parse_again (made);
      assert_same (made, again);
      assert_sound (made);
      if (!is_draft)
        {
          /* A foreign program would see the same. */
          g_autoptr (ShoalDescription) foreign = shoal_description_parse (
            shoal_description_get_bytes (made), SHOAL_NAMES_REPAIR, NULL);

          assert_same (made, foreign);
          g_assert_null (shoal_description_get_notes (foreign)[0]);
        }
    }
}

/* --- Limits -------------------------------------------------------------- */

static ShoalDescriptionBuilder *
builder_of_size (uint32_t n_files, const char *format)
{
  ShoalDescriptionBuilder *builder = shoal_description_builder_new ("many", FALSE);
  g_autoptr (GString) path = g_string_new (NULL);

  for (uint32_t i = 0; i < n_files; i++)
    {
      ShoalHash root = { { 1, (uint8_t) (i >> 16), (uint8_t) (i >> 8), (uint8_t) i } };

      g_string_printf (path, "folder %u/%s", i / 1000, format);
      g_string_append_printf (path, " %u.jpeg", i);
      g_assert_true (
        shoal_description_builder_add_file (builder, path->str, 10240, &root, NULL));
    }
  return builder;
}

static void
test_many (gconstpointer name)
{
  /* With their folders, as many as there may be, and one more. */
  const uint32_t n = SHOAL_MAX_ENTRIES - 250;
  g_autoptr (ShoalDescriptionBuilder) builder = builder_of_size (n, name);
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDescription) made = NULL;
  g_autoptr (ShoalDescription) again = NULL;

  g_test_timer_start ();
  made = shoal_description_builder_finish (builder, NULL, NULL, NULL, &error);
  g_test_message ("%u files: built in %.3f s", n, g_test_timer_elapsed ());
  g_assert_no_error (error);
  g_test_timer_start ();
  again = parse_again (made);
  g_test_message ("%" G_GSIZE_FORMAT " bytes: parsed in %.3f s",
                  g_bytes_get_size (shoal_description_get_bytes (made)), g_test_timer_elapsed ());
  g_assert_true (shoal_hash_equals (shoal_description_get_id (made),
                                    shoal_description_get_id (again)));
}

static void
test_too_many (void)
{
  g_autoptr (ShoalDescriptionBuilder) builder = builder_of_size (SHOAL_MAX_ENTRIES, "photo");
  g_autoptr (GError) error = NULL;

  g_assert_false (shoal_description_builder_add_folder (builder, "x", &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
  g_clear_error (&error);
  g_assert_null (shoal_description_builder_finish (builder, NULL, NULL, NULL, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
}

static void
test_large_files (void)
{
  const struct
  {
    uint64_t length;
    unsigned n_files;
    gboolean ok;
  } cases[] = {
    { SHOAL_MAX_FILE_LENGTH, 1, FALSE },           /* too many pieces */
    { SHOAL_MAX_FILE_LENGTH + 1, 1, FALSE },
    { G_MAXUINT64, 3, FALSE },
    { (uint64_t) SHOAL_MAX_PIECES << 24, 1, TRUE },
    { ((uint64_t) SHOAL_MAX_PIECES << 24) + 1, 1, FALSE },
    { (uint64_t) SHOAL_MAX_PIECES << 23, 2, TRUE },
    { (uint64_t) SHOAL_MAX_PIECES << 23, 3, FALSE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (ShoalDescriptionBuilder) builder = shoal_description_builder_new ("x", FALSE);
      g_autoptr (ShoalDescription) made = NULL;
      g_autoptr (GError) error = NULL;

      for (unsigned j = 0; j < cases[i].n_files; j++)
        {
          const char name[2] = { (char) ('a' + j), '\0' };
          ShoalHash root = root_of (j);

          shoal_description_builder_add_file (builder, name, cases[i].length, &root, NULL);
        }
      made = shoal_description_builder_finish (builder, NULL, NULL, NULL, &error);
      if (cases[i].ok)
        g_assert_no_error (error);
      else
        g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content/description/order", test_order);
  g_test_add_func ("/content/description/shapes", test_shapes);
  g_test_add_func ("/content/description/builder-refuses", test_builder_refuses);
  g_test_add_func ("/content/description/clashes-left-out", test_clashes_left_out);
  g_test_add_func ("/content/description/piece-length", test_piece_length);
  g_test_add_func ("/content/description/draft", test_draft);
  g_test_add_func ("/content/description/draft-key", test_draft_key);
  g_test_add_func ("/content/description/random-trees", test_random_trees);
  g_test_add_data_func ("/content/description/many", "photo", test_many);
  g_test_add_data_func ("/content/description/many-not-ascii", "Größe", test_many);
  g_test_add_func ("/content/description/too-many", test_too_many);
  g_test_add_func ("/content/description/large-files", test_large_files);
  return g_test_run ();
}
