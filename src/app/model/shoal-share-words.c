/* shoal-share-words.c
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-share-words.h"

#include "shoal-format.h"
#include "shoal-transfer-words.h"

#include <glib/gi18n.h>

static gboolean
has_chosen (const ShoalShareInfo *info)
{
  return info->for_devices != NULL && info->for_devices[0] != NULL;
}

static char *
chosen_names (ShoalModel *model, const ShoalShareInfo *info)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();

  for (char **device = info->for_devices; *device != NULL; device++)
    {
      ShoalDeviceItem *item = shoal_model_find_device (model, *device);

      /* Whoever is not a friend any more cannot get it either. */
      if (item != NULL)
        g_ptr_array_add (names, (gpointer) shoal_device_item_get_name (item));
    }
  if (names->len == 0)
    return g_strdup (_("Nobody any more"));
  return shoal_format_people ((const char *const *) names->pdata, names->len);
}

char *
shoal_share_words_who (ShoalModel *model, const ShoalShareInfo *info)
{
  if (info->for_all_friends)
    return g_strdup (_("All my friends"));
  if (has_chosen (info))
    return chosen_names (model, info);
  if (info->is_private)
    return g_strdup (_("Anyone with the secret link"));
  return g_strdup (_("Anyone with the link"));
}

char *
shoal_share_words_line (ShoalModel *model, const ShoalShareInfo *info)
{
  g_autofree char *files = shoal_format_files (info->files, 0);
  g_autofree char *size = shoal_format_size (info->bytes);
  g_autofree char *who = shoal_share_words_who (model, info);

  return shoal_format_join (who, files, size, NULL);
}

char *
shoal_share_words_use (const ShoalShareInfo *info)
{
  g_autoptr (GPtrArray) names = g_ptr_array_new ();
  g_autofree char *given = NULL;
  g_autofree char *people = NULL;
  g_autofree char *now = NULL;

  if (info->uploaded > 0)
    {
      g_autofree char *size = shoal_format_size (info->uploaded);

      given = g_strdup_printf (_("%s given"), size);
    }
  for (ShoalSourceInfo **receiver = info->receivers; receiver != NULL && *receiver != NULL;
       receiver++)
    g_ptr_array_add (names, (*receiver)->name);
  if (names->len > 0)
    {
      people = shoal_format_people ((const char *const *) names->pdata, names->len);
      /* Translators: one or more names. */
      now = g_strdup_printf (ngettext ("%s is getting it now", "%s are getting it now",
                                       names->len),
                             people);
    }
  return shoal_format_join (given != NULL ? given : "", now != NULL ? now : "", NULL);
}

char *
shoal_share_words_trouble (const ShoalShareInfo *info)
{
  if (info->state != SHOAL_SHARE_TROUBLE)
    return NULL;
  if (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_CHANGED))
    return g_strdup (_("The files here are not the ones you shared any more, so nobody gets "
                       "them. Share them as they are now, which makes another link, or say "
                       "where the old ones are."));
  if (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_NOT_GRANTED))
    return shoal_words_not_granted (info->name);
  if (g_error_matches (info->error, SHOAL_ERROR, SHOAL_ERROR_NOT_FOUND))
    return g_strdup (_("The files are not where they were, so nobody can get them. Say where "
                       "they are now."));
  return info->error != NULL ? shoal_words_error (info->error, NULL)
                             : g_strdup (_("Nobody can get it at the moment."));
}

char *
shoal_share_words_hint (ShoalModel *model, const ShoalShareInfo *info)
{
  if (info->for_all_friends)
    return g_strdup (_("Only your friends can get it with this link."));
  if (has_chosen (info))
    {
      g_autofree char *names = chosen_names (model, info);

      return g_strdup_printf (_("Only for: %s."), names);
    }
  if (!shoal_model_get_settings (model)->internet)
    return g_strdup (_("Whoever has this link can get it on this network, while Shoal runs "
                       "here."));
  return g_strdup (_("Whoever has this link can get it while Shoal runs here."));
}
