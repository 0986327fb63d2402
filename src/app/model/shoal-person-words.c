/* shoal-person-words.c: what a row says of a person, and of ourselves.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-person-words.h"

#include "shoal-format.h"

#include <glib/gi18n.h>
#include <string.h>

/* Eight groups of seven, with dashes between them. */
#define WHOLE_ID_LENGTH 63

gboolean
shoal_is_whole_id (const char *id)
{
  return strlen (id) >= WHOLE_ID_LENGTH;
}

gboolean
shoal_person_shows_code (ShoalDeviceItem *item)
{
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);

  return info->code != NULL && !info->is_friend
         && (info->offers_in > 0 || info->offers_out > 0 || info->has_added_us);
}

char *
shoal_person_get_warning (ShoalDeviceItem *item)
{
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);

  if (info->not_friend == NULL || info->is_friend)
    return NULL;
  /* Translators: somebody else with the name of a friend. */
  return g_strdup_printf (_("not your friend %s"), info->not_friend);
}

/* (transfer full) (nullable) */
static char *
get_waiting (ShoalDeviceItem *item)
{
  guint waiting = shoal_device_item_get_waiting (item);

  if (waiting == 0)
    return NULL;
  /* Translators: offers that somebody has not answered yet: "offline · 1 waiting" */
  return g_strdup_printf (ngettext ("%u waiting", "%u waiting", waiting), waiting);
}

/* (transfer full) (nullable) */
static char *
get_code (ShoalDeviceItem *item)
{
  g_autofree char *code = NULL;

  if (!shoal_person_shows_code (item))
    return NULL;
  code = shoal_format_code (shoal_device_item_get_info (item)->code);
  /* Translators: six digits that both screens show: "code 482 913" */
  return g_strdup_printf (_("code %s"), code);
}

static const char *
or_empty (const char *text)
{
  return text != NULL ? text : "";
}

char *
shoal_person_get_subtitle (ShoalDeviceItem *item)
{
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);
  g_autofree char *warning = shoal_person_get_warning (item);
  g_autofree char *waiting = get_waiting (item);
  g_autofree char *code = get_code (item);

  return shoal_format_join (or_empty (warning), or_empty (code),
                            info->has_added_us ? _("has added you as a friend") : "",
                            shoal_format_reach (info->reach), or_empty (waiting), NULL);
}

char *
shoal_person_describe (ShoalDeviceItem *item)
{
  ShoalDeviceInfo *info = shoal_device_item_get_info (item);
  double progress = shoal_device_item_get_progress (item);
  g_autofree char *subtitle = shoal_person_get_subtitle (item);
  g_autofree char *percent
    = progress >= 0 ? shoal_format_percent ((uint64_t) (progress * 1000), 1000) : NULL;

  return shoal_format_join (shoal_device_item_get_name (item), subtitle,
                            info->is_verified ? _("verified friend")
                            : info->is_friend ? _("friend")
                                              : "",
                            or_empty (percent), NULL);
}

/* --- Ourselves ----------------------------------------------------------- */

char *
shoal_visibility_get_words (const ShoalSettings *settings, gboolean is_online)
{
  g_autofree char *name = shoal_format_name (settings->name);

  if (!is_online)
    return g_strdup (_("Not connected to a network"));

  /* Who does now: “while open” is everyone as long as one can read this. */
  switch (settings->visibility)
    {
    case SHOAL_VISIBLE_NOBODY:
      return g_strdup_printf (_("“%s” is hidden from everyone"), name);

    case SHOAL_VISIBLE_FRIENDS:
      return g_strdup_printf (_("Visible as “%s” to friends"), name);

    case SHOAL_VISIBLE_EVERYONE:
    default:
      return g_strdup_printf (_("Visible as “%s” to everyone"), name);
    }
}
