/* shoal-error-words.c: errors of the engine, in the user's language.
 * SPDX-License-Identifier: GPL-3.0-or-later */

#define G_LOG_DOMAIN "shoal-app"

#include "config.h"

#include "shoal-format.h"
#include "shoal-transfer-words.h"

#include <glib/gi18n.h>

/* One for each case a person can meet; @happened and @next may hold one %s, the
 * other's name. Several sides: the first that fits, NONE fits all. */
typedef struct
{
  ShoalErrorCode  code;
  ShoalSide       side;
  const char     *happened;
  const char     *next;
} Words;

static const Words TABLE[] = {
  { SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_THERE, N_("%s’s disk is full."),
    N_("Send it again when there is room over there.") },
  { SHOAL_ERROR_DISK_FULL, SHOAL_SIDE_NONE, N_("This computer’s disk is full."),
    N_("Make some room, for example by emptying the trash.") },
  { SHOAL_ERROR_DISK, SHOAL_SIDE_THERE, N_("%s’s disk cannot be read or written."),
    N_("It has to be put right over there.") },
  { SHOAL_ERROR_DISK, SHOAL_SIDE_NONE,
    N_("The disk of this computer cannot be read or written."),
    N_("See to the folder and its disk, then try again.") },
  { SHOAL_ERROR_CHANGED, SHOAL_SIDE_THERE, N_("A file was changed by %s while it was sent."),
    N_("Ask for it once more.") },
  { SHOAL_ERROR_CHANGED, SHOAL_SIDE_NONE, N_("A file here was changed while it was sent."),
    N_("Send it again, as it is now.") },
  { SHOAL_ERROR_CORRUPT, SHOAL_SIDE_HERE, N_("What lies on this disk does not verify any more."),
    N_("Get it again.") },
  { SHOAL_ERROR_CORRUPT, SHOAL_SIDE_NONE, N_("What came from %s did not verify."),
    N_("Try again; nothing of it was kept.") },
  { SHOAL_ERROR_DECLINED, SHOAL_SIDE_NONE, N_("%s declined."), "" },
  { SHOAL_ERROR_CANCELLED, SHOAL_SIDE_THERE, N_("%s cancelled it."), "" },
  { SHOAL_ERROR_CANCELLED, SHOAL_SIDE_NONE, N_("It was cancelled."), "" },
  { SHOAL_ERROR_WITHDRAWN, SHOAL_SIDE_HERE, N_("You took the offer back."), "" },
  { SHOAL_ERROR_WITHDRAWN, SHOAL_SIDE_NONE, N_("%s took the offer back."), "" },
  { SHOAL_ERROR_UNREACHABLE, SHOAL_SIDE_NONE, N_("%s cannot be reached."),
    N_("Try again when you are both online.") },
  { SHOAL_ERROR_TIMED_OUT, SHOAL_SIDE_NONE, N_("%s does not answer any more."),
    N_("Try again when you are both online.") },
  { SHOAL_ERROR_CLOSED, SHOAL_SIDE_NONE, N_("The connection to %s was lost."),
    N_("Try again when you are both online.") },
  { SHOAL_ERROR_REFUSED, SHOAL_SIDE_HERE, N_("This device does not allow it."),
    N_("Have a look at the preferences.") },
  { SHOAL_ERROR_REFUSED, SHOAL_SIDE_NONE, N_("%s does not allow it."),
    N_("Ask to be let in, then try again.") },
  { SHOAL_ERROR_BUSY, SHOAL_SIDE_HERE, N_("This device is busy."), N_("Try again later.") },
  { SHOAL_ERROR_BUSY, SHOAL_SIDE_NONE, N_("%s is busy."), N_("Try again later.") },
  { SHOAL_ERROR_VERSION, SHOAL_SIDE_NONE, N_("%s’s Shoal is of a version that does not fit."),
    N_("Bring Shoal up to date on both devices.") },
  { SHOAL_ERROR_PROTOCOL, SHOAL_SIDE_NONE, N_("%s’s Shoal said something that makes no sense."),
    N_("Bring Shoal up to date on both devices.") },
  { SHOAL_ERROR_WRONG_KEY, SHOAL_SIDE_NONE, N_("Another device answered in the place of %s."),
    N_("Nothing was sent to it.") },
  { SHOAL_ERROR_UNSAFE_NAME, SHOAL_SIDE_NONE,
    N_("A file has a name that must not be written here."), N_("It has to be renamed first.") },
  { SHOAL_ERROR_LIMIT, SHOAL_SIDE_NONE, N_("There is more of it than Shoal can handle."),
    N_("Send it in parts.") },
  { SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_NETWORK, N_("Nobody who has it was found."),
    N_("Try again when somebody who has it is online.") },
  { SHOAL_ERROR_NOT_GRANTED, SHOAL_SIDE_NONE, N_("Shoal may not read these files any more."),
    N_("Choose them again.") },
  { SHOAL_ERROR_NOT_FOUND, SHOAL_SIDE_THERE, N_("%s does not have it any more."), "" },
};

static const Words *
look_up (const GError *error)
{
  ShoalSide side = shoal_error_get_side (error);

  if (error->domain != SHOAL_ERROR)
    return NULL;
  for (gsize i = 0; i < G_N_ELEMENTS (TABLE); i++)
    if (TABLE[i].code == (ShoalErrorCode) error->code
        && (TABLE[i].side == side || TABLE[i].side == SHOAL_SIDE_NONE))
      return &TABLE[i];
  return NULL;
}

/* @format has one %s, or none. */
static char *
with_name (const char *format, const char *other)
{
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-extra-args"
  return g_strdup_printf (_(format), other != NULL ? other : _("the other device"));
#pragma GCC diagnostic pop
}

char *
shoal_words_error (const GError *error, const char *other)
{
  const Words *words = look_up (error);

  if (words == NULL)
    return g_utf8_make_valid (error->message, -1);
  return with_name (words->happened, other);
}

char *
shoal_words_next (const GError *error, const char *other)
{
  const Words *words = look_up (error);
  const char *next = shoal_error_get_next (error);

  if (words == NULL)
    return next != NULL ? g_utf8_make_valid (next, -1) : g_strdup ("");
  return *words->next != '\0' ? with_name (words->next, other) : g_strdup ("");
}

char *
shoal_words_not_granted (const char *path)
{
  g_autofree char *shown = g_filename_display_basename (path);
  g_autofree char *name = shoal_format_name (shown);

  /* Translators: %s is a file or folder. The desktop lets a sandboxed program read
   * what was chosen or dropped, and may end that. */
  return g_strdup_printf (_("Shoal may no longer read “%s”: choose it again."), name);
}
