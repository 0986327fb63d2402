/* shoal-payload.c: what somebody is about to send: files, or a text.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-payload.h"

#include "shoal-error.h"
#include "shoal-format.h"
#include "shoal-limits.h"
#include "shoal-portal-path.h"
#include "shoal-share-link.h"

#include <glib/gi18n.h>
#include <string.h>

/* Of a subtitle: names, and characters of a text. */
#define MAX_NAMES 3
#define MAX_PREVIEW 120

struct _ShoalPayload
{
  char **paths;    /* (owned) (nullable): or */
  char  *text;     /* (owned) (nullable) */
  char  *openable; /* (owned) (nullable) */
  gboolean is_chosen; /* in a chooser */
};

G_DEFINE_BOXED_TYPE (ShoalPayload, shoal_payload, shoal_payload_ref, shoal_payload_unref)

static void
clear (gpointer data)
{
  ShoalPayload *self = data;

  g_strfreev (self->paths);
  g_free (self->text);
  g_free (self->openable);
}

ShoalPayload *
shoal_payload_ref (ShoalPayload *self)
{
  return g_rc_box_acquire (self);
}

void
shoal_payload_unref (ShoalPayload *self)
{
  g_rc_box_release_full (self, clear);
}

/* --- Making -------------------------------------------------------------- */

/* @paths: (transfer full), not empty. */
static ShoalPayload *
take_paths (char **paths)
{
  ShoalPayload *self = g_rc_box_new0 (ShoalPayload);
  g_autofree char *folded = NULL;

  self->paths = paths;
  if (paths[1] == NULL)
    folded = g_ascii_strdown (paths[0], -1);
  if (folded != NULL && g_str_has_suffix (folded, ".torrent"))
    self->openable = g_strdup (paths[0]);
  return self;
}

ShoalPayload *
shoal_payload_new_files (const char *const *paths)
{
  g_return_val_if_fail (paths != NULL && paths[0] != NULL, NULL);

  return take_paths (g_strdupv ((char **) paths));
}

ShoalPayload *
shoal_payload_new_text (const char *text, GError **error)
{
  g_autofree char *trimmed = NULL;
  ShoalPayload *self;

  g_return_val_if_fail (text != NULL, NULL);

  trimmed = g_strstrip (g_strdup (text));
  if (*trimmed == '\0' || !g_utf8_validate (text, -1, NULL))
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE, NULL,
                       _("There is nothing in this text"));
      return NULL;
    }
  if (strlen (text) > SHOAL_MAX_TEXT_BYTES)
    {
      g_autofree char *limit = shoal_format_size (SHOAL_MAX_TEXT_BYTES);

      shoal_error_set (error, SHOAL_ERROR_LIMIT, SHOAL_SIDE_HERE,
                       _("Save it as a file, and send the file."),
                       /* Translators: %s is a size. */
                       _("The text is longer than %s"), limit);
      return NULL;
    }

  self = g_rc_box_new0 (ShoalPayload);
  self->text = g_strdup (text);
  if (shoal_share_link_looks_like (trimmed))
    self->openable = g_steal_pointer (&trimmed);
  return self;
}

/* Adds the path of @file, or says why it has none. */
static gboolean
add_path (GPtrArray *paths, GFile *file, GError **error)
{
  char *path = g_file_get_path (file);
  g_autofree char *name = NULL;

  if (path != NULL)
    {
      g_ptr_array_add (paths, path);
      return TRUE;
    }
  name = g_file_get_parse_name (file);
  return shoal_error_set (error, SHOAL_ERROR_UNSUPPORTED, SHOAL_SIDE_HERE,
                          _("Copy it to this computer first, or choose it with the file chooser."),
                          _("“%s” does not lie on this computer"), name);
}

static ShoalPayload *
new_from_array (GPtrArray *paths, GError **error)
{
  if (paths->len == 0)
    {
      shoal_error_set (error, SHOAL_ERROR_INVALID, SHOAL_SIDE_HERE,
                       _("Choose the files with the file chooser."),
                       _("No files came with what was dropped"));
      return NULL;
    }
  g_ptr_array_add (paths, NULL);
  return take_paths ((char **) g_ptr_array_steal (paths, NULL));
}

ShoalPayload *
shoal_payload_new_value (const GValue *value, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);

  g_return_val_if_fail (G_IS_VALUE (value), NULL);

  if (G_VALUE_HOLDS_STRING (value))
    {
      const char *text = g_value_get_string (value);

      return shoal_payload_new_text (text != NULL ? text : "", error);
    }
  if (G_VALUE_HOLDS (value, GDK_TYPE_FILE_LIST))
    {
      for (GSList *l = g_value_get_boxed (value); l != NULL; l = l->next)
        {
          if (!add_path (paths, l->data, error))
            return NULL;
        }
    }
  else if (G_VALUE_HOLDS (value, G_TYPE_FILE) && g_value_get_object (value) != NULL)
    {
      if (!add_path (paths, g_value_get_object (value), error))
        return NULL;
    }
  return new_from_array (paths, error);
}

ShoalPayload *
shoal_payload_new_model (GListModel *files, GError **error)
{
  g_autoptr (GPtrArray) paths = g_ptr_array_new_with_free_func (g_free);
  ShoalPayload *self;

  g_return_val_if_fail (G_IS_LIST_MODEL (files), NULL);

  for (guint i = 0; i < g_list_model_get_n_items (files); i++)
    {
      g_autoptr (GFile) file = g_list_model_get_item (files, i);

      if (!add_path (paths, file, error))
        return NULL;
    }
  self = new_from_array (paths, error);
  if (self != NULL)
    self->is_chosen = TRUE;
  return self;
}

/* --- Asking -------------------------------------------------------------- */

const char *const *
shoal_payload_get_paths (ShoalPayload *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return (const char *const *) self->paths;
}

gboolean
shoal_payload_is_lasting (ShoalPayload *self)
{
  gboolean lasts = TRUE;

  g_return_val_if_fail (self != NULL, FALSE);

  for (gsize i = 0; !self->is_chosen && self->paths != NULL && self->paths[i] != NULL; i++)
    lasts &= !shoal_path_is_from_portal (self->paths[i]);
  return lasts;
}

const char *
shoal_payload_get_text (ShoalPayload *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->text;
}

const char *
shoal_payload_get_openable (ShoalPayload *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  return self->openable;
}

char *
shoal_payload_get_title (ShoalPayload *self)
{
  guint n;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->text != NULL)
    return g_strdup (self->openable != NULL ? _("A link") : _("A text"));
  n = g_strv_length (self->paths);
  if (n == 1)
    return g_filename_display_basename (self->paths[0]);
  return g_strdup_printf (ngettext ("%u item", "%u items", n), n);
}

/* One line, not too long. */
static char *
preview (const char *text)
{
  g_autofree char *start = g_utf8_substring (text, 0, MIN (g_utf8_strlen (text, -1), MAX_PREVIEW));
  g_auto (GStrv) words = g_strsplit_set (start, " \t\r\n", -1);
  GString *line = g_string_new (NULL);

  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (*words[i] != '\0')
        g_string_append_printf (line, "%s%s", line->len > 0 ? " " : "", words[i]);
    }
  if (strlen (start) < strlen (text))
    g_string_append (line, "…");
  return g_string_free (line, FALSE);
}

char *
shoal_payload_get_subtitle (ShoalPayload *self)
{
  GString *names;

  g_return_val_if_fail (self != NULL, NULL);

  if (self->text != NULL)
    return preview (self->text);
  if (self->paths[1] == NULL)
    {
      g_autofree char *known = shoal_path_without_portal (self->paths[0]);
      g_autofree char *folder = g_path_get_dirname (known);

      /* Where it lies, a sandbox is not told. */
      return g_path_is_absolute (folder) ? g_filename_display_basename (folder) : g_strdup ("");
    }

  names = g_string_new (NULL);
  for (gsize i = 0; self->paths[i] != NULL && i < MAX_NAMES; i++)
    {
      g_autofree char *name = g_filename_display_basename (self->paths[i]);

      g_string_append_printf (names, "%s%s", i > 0 ? ", " : "", name);
    }
  if (g_strv_length (self->paths) > MAX_NAMES)
    g_string_append (names, ", …");
  return g_string_free (names, FALSE);
}

const char *
shoal_payload_get_icon_name (ShoalPayload *self)
{
  g_return_val_if_fail (self != NULL, NULL);

  if (self->text != NULL)
    return self->openable != NULL ? "insert-link-symbolic" : "document-edit-symbolic";
  return self->paths[1] == NULL ? "text-x-generic-symbolic" : "folder-documents-symbolic";
}
