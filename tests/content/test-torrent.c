/* test-torrent.c: descriptions and torrents that others have made, and bad ones.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#include "config.h"

#include "shoal-sha256.h"
#include "shoal-torrent.h"

#include <string.h>

#define R32 "rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"
#define ROOT "11:pieces root32:" R32
#define FILE5 "d0:d6:lengthi5e" ROOT "ee"
#define NO_FILE "d0:d6:lengthi0eee"
/* An info dictionary around a file tree, called "x". */
#define INFO(tree) "d9:file tree" tree "12:meta versioni2e4:name1:x12:piece lengthi65536ee"

static ShoalDescription *
parse (const char *text, size_t size, ShoalNames names, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, size);

  return shoal_description_parse (bytes, names, error);
}

/* --- Info dictionaries --------------------------------------------------- */

static const struct
{
  const char *info;
  int         code;
} BAD_INFOS[] = {
  { "", SHOAL_ERROR_INVALID },
  { "de", SHOAL_ERROR_INVALID },
  { "le", SHOAL_ERROR_INVALID },
  { "i2e", SHOAL_ERROR_INVALID },
  { INFO ("le"), SHOAL_ERROR_INVALID },
  { INFO ("0:"), SHOAL_ERROR_INVALID },
  { INFO (FILE5), SHOAL_ERROR_INVALID },                             /* the root is a file */
  { INFO ("d1:ai1ee"), SHOAL_ERROR_INVALID },
  { INFO ("d1:alee"), SHOAL_ERROR_INVALID },
  { INFO ("d1:ad0:0:ee"), SHOAL_ERROR_INVALID },
  { INFO ("d1:ad0:deee"), SHOAL_ERROR_INVALID },                     /* no length */
  { INFO ("d1:ad0:d6:lengthi-1eeee"), SHOAL_ERROR_INVALID },
  { INFO ("d1:ad0:d6:length1:5eee"), SHOAL_ERROR_INVALID },
  { INFO ("d1:ad0:d6:lengthi5eeee"), SHOAL_ERROR_INVALID },          /* no root */
  { INFO ("d1:ad0:d6:lengthi5e11:pieces root3:abceee"), SHOAL_ERROR_INVALID },
  { INFO ("d1:ad0:d6:lengthi5e11:pieces rooti5eeee"), SHOAL_ERROR_INVALID },
  { INFO ("d1:ad0:d6:lengthi5e" ROOT "e1:b" NO_FILE "ee"), SHOAL_ERROR_INVALID }, /* siblings */
  { INFO ("d1:ad4:attri5e6:lengthi5e" ROOT "eee"), SHOAL_ERROR_INVALID },
  /* One root, two lengths. */
  { INFO ("d1:a" FILE5 "1:bd0:d6:lengthi6e" ROOT "eee"), SHOAL_ERROR_INVALID },
  { INFO ("d1:ad0:d6:lengthi281474976710657e" ROOT "eee"), SHOAL_ERROR_LIMIT },
  { INFO ("d1:ad0:d6:lengthi281474976710656e" ROOT "eee"), SHOAL_ERROR_LIMIT }, /* pieces */
  { INFO ("d2:.." FILE5 "e"), SHOAL_ERROR_UNSAFE_NAME },
  { INFO ("d3:a/b" FILE5 "e"), SHOAL_ERROR_UNSAFE_NAME },
  { INFO ("d1:ad1:\n" FILE5 "ee"), SHOAL_ERROR_UNSAFE_NAME },
  { INFO ("d1:A" FILE5 "1:a" FILE5 "e"), SHOAL_ERROR_UNSAFE_NAME },
  { INFO ("d1:Ade1:a" FILE5 "e"), SHOAL_ERROR_UNSAFE_NAME },         /* folder and file */
  { INFO ("d1:ad0:d4:attr1:l6:lengthi0e12:symlink pathl1:beeee"), SHOAL_ERROR_UNSAFE_NAME },
  { "d9:file treede12:meta versioni2e4:name2:..12:piece lengthi65536ee",
    SHOAL_ERROR_UNSAFE_NAME },
  { "d9:file treede12:meta versioni2e12:piece lengthi65536ee", SHOAL_ERROR_UNSAFE_NAME },
  { "d9:file treede4:name1:x12:piece lengthi65536ee", SHOAL_ERROR_INVALID },
  { "d9:file treede12:meta versioni1e4:name1:x12:piece lengthi65536ee",
    SHOAL_ERROR_UNSUPPORTED },
  { "d9:file treede12:meta versioni3e4:name1:x12:piece lengthi65536ee",
    SHOAL_ERROR_UNSUPPORTED },
  { "d9:file treede12:meta version1:24:name1:x12:piece lengthi65536ee", SHOAL_ERROR_INVALID },
  { "d9:file treede12:meta versioni2e4:name1:x12:piece lengthi65535ee", SHOAL_ERROR_INVALID },
  { "d9:file treede12:meta versioni2e4:name1:x12:piece lengthi8192ee", SHOAL_ERROR_INVALID },
  { "d9:file treede12:meta versioni2e4:name1:x12:piece lengthi0ee", SHOAL_ERROR_INVALID },
  { "d9:file treede12:meta versioni2e4:name1:x12:piece lengthi-65536ee", SHOAL_ERROR_INVALID },
  { "d9:file treede12:meta versioni2e4:name1:x12:piece lengthi536870912ee", SHOAL_ERROR_LIMIT },
  { "d9:file treede12:meta versioni2e4:name1:xe", SHOAL_ERROR_INVALID },
  { "d12:meta versioni2e4:name1:x12:piece lengthi65536ee", SHOAL_ERROR_INVALID },
  { "d6:lengthi5e4:name1:x12:piece lengthi65536e6:pieces20:aaaaaaaaaaaaaaaaaaaae",
    SHOAL_ERROR_UNSUPPORTED },
};

static void
test_bad_infos (void)
{
  for (size_t i = 0; i < G_N_ELEMENTS (BAD_INFOS); i++)
    {
      const char *info = BAD_INFOS[i].info;
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", info);
      g_assert_null (parse (info, strlen (info), SHOAL_NAMES_REFUSE, &error));
      g_assert_error (error, SHOAL_ERROR, BAD_INFOS[i].code);
      g_assert_true (g_utf8_validate (error->message, -1, NULL));
    }
}

static void
test_prefixes (void)
{
  const char *text = INFO ("d1:a" FILE5 "1:bd1:c" NO_FILE "1:ddeee");
  g_autoptr (ShoalDescription) whole = parse (text, strlen (text), SHOAL_NAMES_REFUSE, NULL);

  g_assert_nonnull (whole);
  for (size_t size = 0; size < strlen (text); size++)
    g_assert_null (parse (text, size, SHOAL_NAMES_REFUSE, NULL));
}

/* Further keys, of hybrids for example, change the hash and nothing else. */
static void
test_further_keys (void)
{
  const char *text = "d9:file treed1:ad0:d4:attr1:x5:extrai1e6:lengthi5e" ROOT "eee"
                     "5:filesld6:lengthi5e4:pathl1:aeee12:meta versioni2e4:name1:x"
                     "12:piece lengthi16384e6:pieces0:7:privatei1ee";
  g_autoptr (ShoalDescription) description
    = parse (text, strlen (text), SHOAL_NAMES_REFUSE, NULL);
  ShoalHash hash;

  g_assert_nonnull (description);
  shoal_sha256 (text, strlen (text), &hash);
  g_assert_true (shoal_hash_equals (shoal_description_get_id (description), &hash));
  g_assert_cmpuint (shoal_description_get_piece_length (description), ==, 16384);
  g_assert_cmpuint (shoal_description_get_n_files (description), ==, 1);
}

static void
test_bad_manifests (void)
{
  static const char *const CASES[] = {
    "d9:file treed1:a" FILE5 "e4:name1:xe",                     /* with a root */
    "d9:file treed1:ad0:d4:attr1:x6:lengthi5eeee4:name1:xe",
    "d9:file treede12:meta versioni2e4:name1:xe",
    "d4:name1:xe",
    "le",
  };
  const char *good = "d9:file treed1:ad0:d6:lengthi5eeee4:name1:xe";
  const ShoalHash id = { { 1 } };

  for (size_t i = 0; i <= G_N_ELEMENTS (CASES); i++)
    {
      const char *text = i < G_N_ELEMENTS (CASES) ? CASES[i] : good;
      g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));
      g_autoptr (ShoalDescription) draft = shoal_description_parse_draft (bytes, &id, NULL);

      g_assert_cmpint (draft != NULL, ==, i == G_N_ELEMENTS (CASES));
    }
}

/* The tree may be as deep as a path may be, and no deeper. */
static void
test_depth (void)
{
  for (unsigned depth = SHOAL_MAX_PATH_DEPTH; depth <= SHOAL_MAX_PATH_DEPTH + 1; depth++)
    {
      g_autoptr (GString) text = g_string_new ("d9:file tree");
      g_autoptr (ShoalDescription) description = NULL;
      g_autoptr (GError) error = NULL;

      for (unsigned i = 0; i < depth; i++)
        g_string_append (text, "d1:a");
      g_string_append (text, NO_FILE);
      for (unsigned i = 0; i < depth; i++)
        g_string_append_c (text, 'e');
      g_string_append (text, "12:meta versioni2e4:name1:x12:piece lengthi65536ee");
      description = parse (text->str, text->len, SHOAL_NAMES_REFUSE, &error);
      if (depth == SHOAL_MAX_PATH_DEPTH)
        g_assert_no_error (error);
      else
        g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_UNSAFE_NAME);
    }
}

/* A small tree may spell very long paths: they are counted, too. */
static void
test_path_bytes (void)
{
  g_autoptr (GString) text = g_string_new ("d9:file tree");
  g_autoptr (GError) error = NULL;
  g_autofree char *name = g_strnfill (240, 'n');

  for (unsigned i = 0; i < 4; i++)
    g_string_append_printf (text, "d240:%s", name);
  g_string_append_c (text, 'd');
  for (unsigned i = 0; i < 100000; i++)
    g_string_append_printf (text, "6:%06u" NO_FILE, i);
  g_string_append (text, "eeeee12:meta versioni2e4:name1:x12:piece lengthi65536ee");
  g_assert_null (parse (text->str, text->len, SHOAL_NAMES_REFUSE, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
}

/* --- Repairing ----------------------------------------------------------- */

static void
test_repairs (void)
{
  const char *text =
    INFO ("d2:.." FILE5 "1:A" FILE5 "3:B/b" FILE5 "1:a" FILE5 "5:a (1)" FILE5
          "3:b/bd1:_" FILE5 "1:\xff" FILE5 "e4:linkd0:d4:attr1:l6:lengthi0e12:symlink pathl2:..eee"
          "3:padd0:d4:attr1:p6:lengthi9eee3:x\\y" FILE5 "e");
  const char *const want[] = { "._", "A", "B_b", "a (2)", "a (1)", "b_b (1)/_", "b_b (1)/_ (1)",
                               "x_y" };
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalDescription) description
    = parse (text, strlen (text), SHOAL_NAMES_REPAIR, &error);
  uint32_t index;

  g_assert_no_error (error);
  g_assert_cmpuint (shoal_description_get_n_files (description), ==, G_N_ELEMENTS (want));
  for (uint32_t i = 0; i < G_N_ELEMENTS (want); i++)
    {
      const ShoalFile *file = shoal_description_get_file (description, i);

      g_assert_cmpstr (file->path, ==, want[i]);
      g_assert_true (shoal_description_find_path (description, file->path, &index));
      g_assert_cmpuint (index, ==, i);
    }
  g_assert_cmpuint (g_strv_length ((char **) shoal_description_get_notes (description)), ==, 9);
}

static void
test_repaired_name (void)
{
  const struct
  {
    const char *info, *name;
    gboolean    is_single;
  } cases[] = {
    { "d9:file treed2:.." FILE5 "e12:meta versioni2e4:name2:..12:piece lengthi65536ee", "._",
      TRUE },
    { "d9:file treede12:meta versioni2e12:piece lengthi65536ee", "torrent", FALSE },
    { "d9:file treede12:meta versioni2e4:name3:a/b12:piece lengthi65536ee", "a_b", FALSE },
    { "d9:file treed1:x" FILE5 "e12:meta versioni2e4:name1:x12:piece lengthi65536ee", "x", TRUE },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (ShoalDescription) description
        = parse (cases[i].info, strlen (cases[i].info), SHOAL_NAMES_REPAIR, &error);

      g_assert_no_error (error);
      g_assert_cmpstr (shoal_description_get_name (description), ==, cases[i].name);
      g_assert_cmpint (shoal_description_is_single_file (description), ==, cases[i].is_single);
    }
}

/* All spellings of one name: some hundred are told apart, more are refused. */
static void
test_many_clashes (void)
{
  for (unsigned bits = 8; bits <= 10; bits += 2)
    {
      g_autoptr (GString) text = g_string_new ("d9:file treed");
      g_autoptr (ShoalDescription) description = NULL;
      g_autoptr (GError) error = NULL;

      for (unsigned i = 0; i < 1u << bits; i++)
        {
          g_string_append_printf (text, "%u:", bits);
          for (unsigned bit = bits; bit-- > 0;)
            g_string_append_c (text, i >> bit & 1 ? 'n' : 'N');
          g_string_append (text, NO_FILE);
        }
      g_string_append (text, "e12:meta versioni2e4:name1:x12:piece lengthi65536ee");
      description = parse (text->str, text->len, SHOAL_NAMES_REPAIR, &error);
      if (bits == 8)
        {
          g_assert_no_error (error);
          g_assert_cmpuint (shoal_description_get_n_files (description), ==, 256);
          g_assert_cmpstr (shoal_description_get_file (description, 255)->path, ==,
                           "nnnnnnnn (255)");
        }
      else
        g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_LIMIT);
    }
}

/* --- Torrents ------------------------------------------------------------ */

static ShoalTorrent *
parse_torrent (const char *text, size_t size, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new (text, size);

  return shoal_torrent_parse (bytes, error);
}

static void
test_bad_torrents (void)
{
  static const struct
  {
    const char *text;
    int         code;
  } CASES[] = {
    { "", SHOAL_ERROR_INVALID },
    { "le", SHOAL_ERROR_INVALID },
    { "de", SHOAL_ERROR_INVALID },
    { "d4:infoi1ee", SHOAL_ERROR_INVALID },
    { "d4:infodee", SHOAL_ERROR_INVALID },
    { "d4:info" INFO ("d1:a" FILE5 "e") "12:piece layersd3:abc0:ee", SHOAL_ERROR_INVALID },
    { "d4:info" INFO ("d1:a" FILE5 "e") "12:piece layersd32:" R32 "i1eee", SHOAL_ERROR_INVALID },
    { "d4:info" INFO ("d1:ad0:d6:lengthi65537e" ROOT "eee") "12:piece layersd32:" R32 "32:" R32
      "ee", SHOAL_ERROR_CORRUPT },
    { "d4:info" INFO ("d1:ad0:d6:lengthi65537e" ROOT "eee") "12:piece layersd32:" R32 "64:" R32 R32
      "ee", SHOAL_ERROR_CORRUPT },
    { "d4:info" INFO ("d1:ad0:d6:lengthi65537e" ROOT "eee") "12:piece layersd32:" R32 "0:ee",
      SHOAL_ERROR_CORRUPT },
  };

  for (size_t i = 0; i < G_N_ELEMENTS (CASES); i++)
    {
      g_autoptr (GError) error = NULL;

      g_test_message ("%s", CASES[i].text);
      g_assert_null (parse_torrent (CASES[i].text, strlen (CASES[i].text), &error));
      g_assert_error (error, SHOAL_ERROR, CASES[i].code);
    }
}

static void
test_urls (void)
{
  const char *text = "d8:announce5:a://113:announce-list"
                     "ll5:a://15:b://2el7:c:// x 5:d://3i7eee4:info"
                     INFO ("d1:a" FILE5 "e") "8:url-listl5:e://4ee";
  g_autoptr (GError) error = NULL;
  g_autoptr (ShoalTorrent) torrent = parse_torrent (text, strlen (text), &error);
  g_autofree char *trackers = NULL;
  g_autofree char *seeds = NULL;

  g_assert_no_error (error);
  trackers = g_strjoinv (" ", (char **) shoal_torrent_get_trackers (torrent));
  seeds = g_strjoinv (" ", (char **) shoal_torrent_get_web_seeds (torrent));
  g_assert_cmpstr (trackers, ==, "a://1 b://2 d://3");
  g_assert_cmpstr (seeds, ==, "e://4");
  g_assert_null (shoal_torrent_get_piece_layer (torrent, 0));
}

/* Two contents of several pieces, one of them twice, one that fits a piece. */
typedef struct
{
  ShoalHash layers[2][3];
  unsigned  n_calls;
  gboolean  give_up;
} Layers;

static const ShoalHash *
on_layer (uint32_t index, gpointer user_data)
{
  Layers *self = user_data;

  self->n_calls++;
  return self->give_up ? NULL : self->layers[index == 1];
}

static void
test_write (void)
{
  const char *const trackers[] = { "wss://one.invalid", "wss://two.invalid", NULL };
  g_autoptr (ShoalDescriptionBuilder) builder = shoal_description_builder_new ("x", FALSE);
  g_autoptr (ShoalDescription) description = NULL;
  g_autoptr (ShoalTorrent) torrent = NULL;
  g_autoptr (GBytes) bytes = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *read_trackers = NULL;
  Layers layers = { .n_calls = 0 };
  const uint64_t length = 3 * 65536 - 1;
  ShoalHash roots[2];

  for (unsigned i = 0; i < 6; i++)
    shoal_sha256 (&i, sizeof i, &layers.layers[i / 3][i % 3]);
  for (unsigned i = 0; i < 2; i++)
    shoal_merkle_root (length, 2, layers.layers[i], &roots[i]);
  shoal_description_builder_add_file (builder, "a", length, &roots[0], NULL);
  shoal_description_builder_add_file (builder, "b", length, &roots[1], NULL);
  shoal_description_builder_add_file (builder, "c", length, &roots[0], NULL);
  shoal_description_builder_add_file (builder, "d", 65536, &layers.layers[0][0], NULL);
  shoal_description_builder_add_file (builder, "e", 0, NULL, NULL);
  description = shoal_description_builder_finish (builder, NULL, NULL, NULL, NULL);

  bytes = shoal_torrent_write (description, on_layer, &layers, trackers, &error);
  g_assert_no_error (error);
  g_assert_cmpuint (layers.n_calls, ==, 2);
  torrent = shoal_torrent_parse (bytes, &error);
  g_assert_no_error (error);
  g_assert_true (
    shoal_hash_equals (shoal_description_get_id (shoal_torrent_get_description (torrent)),
                       shoal_description_get_id (description)));
  for (uint32_t i = 0; i < 3; i++)
    g_assert_cmpmem (shoal_torrent_get_piece_layer (torrent, i), 96, layers.layers[i == 1], 96);
  g_assert_null (shoal_torrent_get_piece_layer (torrent, 3));
  g_assert_null (shoal_torrent_get_piece_layer (torrent, 4));
  read_trackers = g_strjoinv (" ", (char **) shoal_torrent_get_trackers (torrent));
  g_assert_cmpstr (read_trackers, ==, "wss://one.invalid wss://two.invalid");

  layers.layers[1][2].bytes[0] ^= 1;
  g_assert_null (shoal_torrent_write (description, on_layer, &layers, NULL, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_CORRUPT);
  g_clear_error (&error);
  layers.give_up = TRUE;
  g_assert_null (shoal_torrent_write (description, on_layer, &layers, NULL, &error));
  g_assert_error (error, SHOAL_ERROR, SHOAL_ERROR_NOT_FOUND);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/content/description/bad-infos", test_bad_infos);
  g_test_add_func ("/content/description/prefixes", test_prefixes);
  g_test_add_func ("/content/description/further-keys", test_further_keys);
  g_test_add_func ("/content/description/bad-manifests", test_bad_manifests);
  g_test_add_func ("/content/description/depth", test_depth);
  g_test_add_func ("/content/description/path-bytes", test_path_bytes);
  g_test_add_func ("/content/description/repairs", test_repairs);
  g_test_add_func ("/content/description/repaired-name", test_repaired_name);
  g_test_add_func ("/content/description/many-clashes", test_many_clashes);
  g_test_add_func ("/content/torrent/bad", test_bad_torrents);
  g_test_add_func ("/content/torrent/urls", test_urls);
  g_test_add_func ("/content/torrent/write", test_write);
  return g_test_run ();
}
