/* shoal-description-parse.c: descriptions that come from elsewhere.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-content"

#include "config.h"

#include "shoal-tree.h"

#include <string.h>

static gboolean
fail (GError **error, const char *what)
{
  return shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_THERE, NULL,
                          "Not a valid description: %s", what);
}

/* --- Files --------------------------------------------------------------- */

/* What a file's dictionary says. */
typedef struct
{
  gboolean         is_pad;
  gboolean         is_link;
  int64_t          length;
  const ShoalHash *root; /* (nullable) */
} FileFacts;

static gboolean
read_attr (ShoalBencodeNode value, FileFacts *facts)
{
  ShoalSpan attr;

  if (!shoal_bencode_get_string (value, &attr))
    return FALSE;

  facts->is_pad = memchr (attr.data, 'p', attr.size) != NULL;
  facts->is_link |= memchr (attr.data, 'l', attr.size) != NULL;
  return TRUE;
}

static gboolean
read_root (ShoalBencodeNode value, FileFacts *facts)
{
  ShoalSpan root;

  if (!shoal_bencode_get_string (value, &root) || root.size != SHOAL_HASH_SIZE)
    return FALSE;

  facts->root = (const ShoalHash *) root.data;
  return TRUE;
}

static gboolean
read_file (ShoalBencodeNode node, gboolean is_draft, FileFacts *facts, GError **error)
{
  ShoalBencodeIter iter;
  ShoalBencodeNode value;
  ShoalSpan key;
  gboolean ok = TRUE;

  *facts = (FileFacts){ .length = -1 };
  shoal_bencode_iter_init (&iter, node);
  while (ok && shoal_bencode_iter_next (&iter, &key, &value))
    {
      if (shoal_span_equals (key, "length"))
        ok = shoal_bencode_get_integer (value, &facts->length) && facts->length >= 0;
      else if (is_draft)
        ok = FALSE;
      else if (shoal_span_equals (key, "pieces root"))
        ok = read_root (value, facts);
      else if (shoal_span_equals (key, "attr"))
        ok = read_attr (value, facts);
      else if (shoal_span_equals (key, "symlink path"))
        facts->is_link = TRUE;
    }

  if (!ok || (facts->length < 0 && !facts->is_link))
    return fail (error, "a file has a bad property, or no length");
  if (!is_draft && facts->length > 0 && facts->root == NULL && !facts->is_pad && !facts->is_link)
    return fail (error, "a file has no pieces root");
  return TRUE;
}

static gboolean
add_file (ShoalTree *tree, ShoalSpan name, ShoalBencodeNode node, gboolean is_draft,
          GError **error)
{
  g_autofree char *shown = NULL;
  FileFacts facts;

  if (!read_file (node, is_draft, &facts, error))
    return FALSE;
  if (!facts.is_pad && !facts.is_link)
    return shoal_tree_add_file (tree, name, (uint64_t) facts.length, facts.root, error);

  shown = shoal_name_escape (name.data, (gssize) name.size, 80);
  if (facts.is_link && tree->names == SHOAL_NAMES_REFUSE)
    return shoal_error_set (error, SHOAL_ERROR_UNSAFE_NAME, tree->side,
                            "Ask the sender to share what it points at instead.",
                            "“%s” is a symbolic link", shown);
  if (facts.is_link)
    shoal_tree_note (tree, "“%s” is left out: it is a symbolic link", shown);
  return TRUE;
}

/* --- The tree ------------------------------------------------------------ */

/* One element of a file tree: a file if its dictionary has the key "", which
 * then must be the only one. */
static gboolean
is_file (ShoalBencodeNode element, gboolean *has_siblings, ShoalBencodeNode *properties)
{
  ShoalBencodeIter iter;
  ShoalBencodeNode other;
  ShoalSpan key;

  shoal_bencode_iter_init (&iter, element);
  if (!shoal_bencode_iter_next (&iter, &key, properties) || key.size != 0)
    return FALSE;

  *has_siblings = shoal_bencode_iter_next (&iter, &key, &other);
  return TRUE;
}

static gboolean
read_element (ShoalTree *tree, ShoalSpan name, ShoalBencodeNode element, gboolean is_draft,
              GError **error)
{
  ShoalBencodeNode properties;
  gboolean has_siblings;

  if (shoal_bencode_get_type (element) != SHOAL_BENCODE_DICT)
    return fail (error, "the file tree holds something else than dictionaries");
  if (!is_file (element, &has_siblings, &properties))
    return shoal_tree_open_folder (tree, name, error);
  if (has_siblings || shoal_bencode_get_type (properties) != SHOAL_BENCODE_DICT)
    return fail (error, "something is both a file and a folder");
  return add_file (tree, name, properties, is_draft, error);
}

static gboolean
read_tree (ShoalTree *tree, ShoalBencodeNode root, gboolean is_draft, GError **error)
{
  ShoalBencodeIter open[SHOAL_MAX_PATH_DEPTH + 1];
  unsigned depth = 0;

  shoal_bencode_iter_init (&open[0], root);
  for (;;)
    {
      uint32_t folder = tree->current;
      ShoalBencodeNode element;
      ShoalSpan name;

      if (!shoal_bencode_iter_next (&open[depth], &name, &element))
        {
          if (depth-- == 0)
            return TRUE;
          shoal_tree_close_folder (tree);
          continue;
        }

      if (depth == 0 && name.size == 0)
        return fail (error, "the file tree is itself a file");
      if (!read_element (tree, name, element, is_draft, error))
        return FALSE;
      /* Too deep a folder was refused, so there is room. */
      if (tree->current != folder)
        shoal_bencode_iter_init (&open[++depth], element);
    }
}

/* --- The dictionary around it -------------------------------------------- */

static gboolean
check_version (ShoalBencodeNode info, GError **error)
{
  ShoalBencodeNode version = shoal_bencode_lookup (info, "meta version");
  int64_t number;

  if (shoal_bencode_get_integer (version, &number) && number == 2)
    return TRUE;
  if (shoal_bencode_get_type (version) == SHOAL_BENCODE_NONE
      && shoal_bencode_get_type (shoal_bencode_lookup (info, "pieces")) != SHOAL_BENCODE_NONE)
    return shoal_error_set (error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_THERE,
                            "Open it with a BitTorrent program, or ask for a v2 or hybrid torrent.",
                            "This torrent is of BitTorrent version 1 only");
  if (shoal_bencode_get_type (version) == SHOAL_BENCODE_INTEGER)
    return shoal_error_set (error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_THERE,
                            "Look for a newer Shoal.",
                            "This torrent is of a BitTorrent version after 2");
  return fail (error, "it has no “meta version”");
}

static gboolean
read_piece_length (ShoalBencodeNode info, uint32_t *piece_length, GError **error)
{
  int64_t number;

  if (!shoal_bencode_get_integer (shoal_bencode_lookup (info, "piece length"), &number)
      || number < SHOAL_LEAF_SIZE || (number & (number - 1)) != 0)
    return fail (error, "the piece length is not a power of two of at least 16 KiB");
  if (number > SHOAL_MAX_FOREIGN_PIECE_LENGTH)
    return shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_THERE, NULL,
                            "Pieces of more than %u MiB", SHOAL_MAX_FOREIGN_PIECE_LENGTH >> 20);

  *piece_length = (uint32_t) number;
  return TRUE;
}

/* A foreign torrent may lack a name: it is advisory. */
static gboolean
read_name (ShoalTree *tree, ShoalBencodeNode info, ShoalSpan *raw, char **name, GError **error)
{
  ShoalNameFault fault;

  *raw = (ShoalSpan){ "", 0 };
  shoal_bencode_get_string (shoal_bencode_lookup (info, "name"), raw);
  fault = shoal_name_check (raw->data, (gssize) raw->size);
  if (fault != SHOAL_NAME_OK && tree->names == SHOAL_NAMES_REFUSE)
    return shoal_tree_refuse_name (*raw, fault, tree->side, error);

  *name = shoal_name_repair (raw->size > 0 ? raw->data : "torrent",
                             raw->size > 0 ? (gssize) raw->size : -1);
  return TRUE;
}

static ShoalDescription *
parse_tree (ShoalBencodeNode info, ShoalNames names, ShoalDescriptionHead *head, GError **error)
{
  g_autoptr (ShoalTree) tree = shoal_tree_new (names, SHOAL_SIDE_THERE);
  ShoalBencodeNode root = shoal_bencode_lookup (info, "file tree");
  g_autofree char *name = NULL;
  ShoalSpan raw;

  if (shoal_bencode_get_type (root) != SHOAL_BENCODE_DICT)
    {
      fail (error, "it has no file tree");
      return NULL;
    }
  if (!read_name (tree, info, &raw, &name, error)
      || !read_tree (tree, root, head->draft_id != NULL, error))
    return NULL;

  /* Both were repaired in the same way. */
  head->name = name;
  head->is_single_file = shoal_tree_is_single_file (tree, name);
  if (!shoal_tree_settle (tree, NULL, NULL, error))
    return NULL;
  return shoal_description_from_tree (tree, head, error);
}

static ShoalBencode *
parse_document (GBytes *bytes, GError **error)
{
  g_autoptr (ShoalBencode) document = NULL;

  if (g_bytes_get_size (bytes) > SHOAL_MAX_DESCRIPTION_SIZE)
    {
      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_THERE, NULL,
                       "A description of more than %u MiB", SHOAL_MAX_DESCRIPTION_SIZE >> 20);
      return NULL;
    }

  document = shoal_bencode_parse (bytes, error);
  if (document != NULL
      && shoal_bencode_get_type (shoal_bencode_get_root (document)) != SHOAL_BENCODE_DICT)
    {
      fail (error, "it is not a dictionary");
      return NULL;
    }
  return g_steal_pointer (&document);
}

ShoalDescription *
shoal_description_parse (GBytes *bytes, ShoalNames names, GError **error)
{
  g_autoptr (ShoalBencode) document = parse_document (bytes, error);
  ShoalDescriptionHead head = { .bytes = bytes };
  ShoalBencodeNode info;

  if (document == NULL)
    return NULL;

  info = shoal_bencode_get_root (document);
  if (!check_version (info, error) || !read_piece_length (info, &head.piece_length, error))
    return NULL;
  return parse_tree (info, names, &head, error);
}

ShoalDescription *
shoal_description_parse_draft (GBytes *manifest, const ShoalHash *id, GError **error)
{
  g_autoptr (ShoalBencode) document = parse_document (manifest, error);
  ShoalDescriptionHead head = { .bytes = manifest, .draft_id = id };
  ShoalBencodeIter iter;
  ShoalBencodeNode value;
  ShoalSpan key;

  if (document == NULL)
    return NULL;

  shoal_bencode_iter_init (&iter, shoal_bencode_get_root (document));
  while (shoal_bencode_iter_next (&iter, &key, &value))
    {
      if (!shoal_span_equals (key, "file tree") && !shoal_span_equals (key, "name"))
        {
          fail (error, "a manifest with more than names and lengths");
          return NULL;
        }
    }
  return parse_tree (shoal_bencode_get_root (document), SHOAL_NAMES_REFUSE, &head, error);
}
