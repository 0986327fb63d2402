/* shoal-offer-words.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-offer-words.h"

#include "shoal-format.h"

#include <glib/gi18n.h>

/* Names that are told one by one. */
#define MAX_NAMES 3u
/* Larger offers are not looked through for what kind of files they hold. */
#define MAX_GUESSED 2000u

/* --- What is offered ----------------------------------------------------- */

char *
shoal_offer_get_title (const ShoalOfferInfo *offer)
{
  g_autofree char *who = shoal_format_name (offer->from->label);
  g_autofree char *what = shoal_format_name (offer->name);

  switch (offer->kind)
    {
    case SHOAL_CONTENT_TEXT:
      return g_strdup_printf (_("%s wants to send you a text"), who);
    case SHOAL_CONTENT_LINK:
      return g_strdup_printf (_("%s wants to send you a link"), who);
    case SHOAL_CONTENT_FILES:
    default:
      return g_strdup_printf (_("%s wants to send you “%s”"), who, what);
    }
}

/* All files are of one kind, say "image/". */
static gboolean
are_all (const ShoalFileList *files, const char *prefix)
{
  guint n = shoal_file_list_get_n_files (files);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *type = NULL;
      ShoalListedFile file;

      shoal_file_list_get (files, i, &file);
      type = g_content_type_guess (file.path, NULL, 0, NULL);
      if (!g_str_has_prefix (type, prefix))
        return FALSE;
    }
  return n > 0;
}

static char *
count_files (const ShoalOfferInfo *offer, const ShoalFileList *files)
{
  g_autofree char *count = shoal_format_count (offer->files);

  if (files == NULL || offer->files > MAX_GUESSED)
    return shoal_format_files (offer->files, 0);
  if (are_all (files, "image/"))
    return g_strdup_printf (ngettext ("%s picture", "%s pictures", offer->files), count);
  if (are_all (files, "video/"))
    return g_strdup_printf (ngettext ("%s video", "%s videos", offer->files), count);
  if (are_all (files, "audio/"))
    return g_strdup_printf (ngettext ("%s piece of music", "%s pieces of music", offer->files),
                            count);
  return shoal_format_files (offer->files, 0);
}

char *
shoal_offer_get_contents (const ShoalOfferInfo *offer, const ShoalFileList *files)
{
  g_autofree char *size = shoal_format_size (offer->bytes);
  g_autofree char *count = NULL;

  if (offer->kind != SHOAL_CONTENT_FILES)
    return g_steal_pointer (&size);
  count = count_files (offer, files);
  return shoal_format_join (count, size, NULL);
}

char *
shoal_offer_get_names (const ShoalFileList *files)
{
  guint n = shoal_file_list_get_n_files (files);
  g_autoptr (GString) names = g_string_new (NULL);

  if (shoal_file_list_is_single_file (files) || n == 0)
    return NULL;
  for (guint i = 0; i < MIN (n, MAX_NAMES); i++)
    {
      g_autofree char *base = NULL;
      g_autofree char *name = NULL;
      ShoalListedFile file;

      shoal_file_list_get (files, i, &file);
      base = g_path_get_basename (file.path);
      name = shoal_format_name (base);
      /* Translators: stands between the names of files in a list. */
      g_string_append_printf (names, "%s%s", i > 0 ? C_("between names", ", ") : "", name);
    }
  if (n <= MAX_NAMES)
    return g_string_free (g_steal_pointer (&names), FALSE);
  /* Translators: %s are names of files, %u is how many more there are. */
  return g_strdup_printf (ngettext ("%s and %u more", "%s and %u more", n - MAX_NAMES), names->str,
                          n - MAX_NAMES);
}

/* --- Who offers it ------------------------------------------------------- */

char *
shoal_offer_get_compare (const char *name)
{
  g_autofree char *who = shoal_format_name (name);

  return g_strdup_printf (_("Only if the screen of %s shows the same code do you know that it is "
                            "their device."), who);
}

char *
shoal_offer_get_namesake (const ShoalDeviceInfo *from)
{
  g_autofree char *friend_name = NULL;

  if (from->not_friend == NULL)
    return NULL;
  friend_name = shoal_format_name (from->not_friend);
  return g_strdup_printf (_("This is not your friend %s, but another device of that name."),
                          friend_name);
}

/* --- Limits -------------------------------------------------------------- */

#define MB G_GINT64_CONSTANT (1000000)

static const gint64 LIMITS[] = { 100 * MB, 1000 * MB, 10000 * MB, 100000 * MB, G_MAXINT64 };

char **
shoal_accept_limit_list (gboolean with_never)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  if (with_never)
    g_ptr_array_add (names, g_strdup (_("Never")));
  for (guint i = 0; i + 1 < G_N_ELEMENTS (LIMITS); i++)
    {
      g_autofree char *size = shoal_format_size ((uint64_t) LIMITS[i]);

      /* Translators: %s is a size; what is accepted without asking. */
      g_ptr_array_add (names, g_strdup_printf (_("Up to %s"), size));
    }
  g_ptr_array_add (names, g_strdup (_("Any Size")));
  g_ptr_array_add (names, NULL);
  return (char **) g_ptr_array_free (g_steal_pointer (&names), FALSE);
}

guint
shoal_accept_limit_to_row (gint64 limit, gboolean with_never)
{
  guint row = 0;

  if (limit <= 0 && with_never)
    return 0;
  while (LIMITS[row] < limit)
    row++;
  return row + (with_never ? 1 : 0);
}

gint64
shoal_accept_limit_of_row (guint row, gboolean with_never)
{
  if (with_never && row == 0)
    return 0;
  row -= with_never ? 1 : 0;
  return LIMITS[MIN (row, G_N_ELEMENTS (LIMITS) - 1)];
}
