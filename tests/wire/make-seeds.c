/* make-seeds.c: writes the seeds of the wire room's fuzz targets.
 * SPDX-License-Identifier: GPL-3.0-or-later
 *
 * make-seeds FOLDER: FOLDER is tests/fuzz/corpus; dictionaries go beside it. Run
 * by hand when messages change.
 */

#include "config.h"

#include "shoal-bytes.h"
#include "wire-samples.h"

static void
save (const char *folder, const char *target, const char *name, const GByteArray *bytes)
{
  g_autofree char *dir = g_build_filename (folder, target, NULL);
  g_autofree char *path = g_build_filename (dir, name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (dir, 0755), ==, 0);
  g_file_set_contents (path, (const char *) bytes->data, bytes->len, &error);
  g_assert_no_error (error);
}

/* DATA is cut down: a seed should be small. */
static GByteArray *
small_frame (const ShoalMessage *sample)
{
  ShoalMessage message = *sample;

  if (message.type == SHOAL_MESSAGE_DATA)
    message.data.size = 20;
  return wire_sample_frame (&message);
}

static void
make_messages (const char *folder)
{
  g_autoptr (GByteArray) stream = g_byte_array_new ();
  guint n;
  const ShoalMessage *samples = wire_samples (&n);

  shoal_write_u8 (stream, 16);
  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) frame = small_frame (&samples[i]);
      g_autofree char *name
        = g_ascii_strdown (shoal_message_type_get_name ((uint8_t) samples[i].type), -1);

      shoal_write_bytes (stream, frame->data, frame->len);
      g_byte_array_remove_range (frame, 0, 4);
      save (folder, "messages", name, frame);
    }
  shoal_write_bytes (stream, "\0\0\0\4\xf0skip", 8);
  save (folder, "frames", "all", stream);

  g_byte_array_set_size (stream, 0);
  shoal_write_bytes (stream, "\x83\0\0\0\1\3\0\0\0\x9\5\0\0\0\0\0\0\0\1\0\0\0\1\x80", 24);
  save (folder, "frames", "greeting", stream);
  stream->data[5] = 0x40;
  save (folder, "frames", "refused", stream);
}

/* Bytes of a script in hexadecimal; blanks are for the eye. */
static void
make_script (const char *folder, const char *target, const char *name, const char *hex)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  for (; *hex != '\0'; hex++)
    {
      if (*hex == ' ')
        continue;
      shoal_write_u8 (bytes, (uint8_t) (g_ascii_xdigit_value (hex[0]) << 4
                                        | g_ascii_xdigit_value (hex[1])));
      hex++;
    }
  save (folder, target, name, bytes);
}

/* fuzz-session: the first byte, then steps: what × 2 + link, and arguments. */
static void
make_session (const char *folder)
{
  const struct
  {
    const char *name, *script;
  } scripts[] = {
    /* We lead (00) or follow (01); 06: greet link 0, 07: greet link 1. */
    { "greet", "00 06 0000 07 0000 08 28 08 28 08 28" },
    { "follow", "01 06 0000 07 0000 04 0300 08 78" },
    { "restart", "01 06 0000 07 0100 08 10" },
    /* 12: open a channel; 04 sample 14 (OPENED); 10: send a request; 04: REJECT. */
    { "fetch", "00 06 0000 12 00 04 1400 10 1700 10 1900 10 1e00 10 1f00 04 2300 04 2000 04 1b00"
               " 04 1c00 04 1600 10 1680 04 1600" },
    /* 04 sample 13 (OPEN); 10: OPENED; 04: REQUEST; 14: data; 10: REJECT, CLOSE. */
    { "serve", "00 06 0000 04 1300 10 1400 04 1e00 14 000100ff 14 000104ff 14 00020040 10 2000"
               " 04 1f00 04 1900 10 1b00 04 1780 10 1600 04 1600" },
    { "devices", "01 06 0000 04 0700 04 0800 04 0900 10 0a00 04 0b00 04 0c00 04 1000 04 1200"
                 " 10 0900 04 0a00 0e 00" },
    { "frames", "00 02 0541 01 0000 00 0006 000000013300 02 800341424300 00 0102 0000" },
    { "die", "00 06 0000 07 0000 0c 00 0b 00 06 0100 08 ff 08 ff" },
    { "bite", "00 16 06 06 0000 16 05 07 0000 16 0f 04 0700 16 10 08 ff" },
    { "bite-drop", "01 06 0000 16 07 07 0100 16 2f 04 0700" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    make_script (folder, "session", scripts[i].name, scripts[i].script);
}

/* fuzz-pair: steps of three bytes: what × 8 + link × 2 + end, and two arguments. */
static void
make_pair (const char *folder)
{
  const struct
  {
    const char *name, *script;
  } scripts[] = {
    { "talk", "380000 200000 210000 380000" },
    { "fetch", "380000 280000 380000 491400 380000 481e01 380000 31010f 380000 481f01 492001 380000"
               " 481600 380000" },
    { "blobs", "380000 280000 380000 491400 380000 481700 481900 380000 491800 491a00 491b00 492200"
               " 380000 491680 481600 380000" },
    { "dial", "020100 030100 600000 610000 620000 630000 600000 610000 620000 630000 380000" },
    { "upgrade", "380000 290000 020200 030200 380000 210000 200000 491600 380000" },
    { "cut", "380000 100000 18ff00 020000 030000 380000 18ff00 18ff00 380000 200000 210000" },
    { "lists", "380000 480901 490901 380000 490a01 480a01 020200 030200 380000" },
    { "leave", "380000 400000 380000 020000 030000 380000" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (scripts); i++)
    make_script (folder, "pair", scripts[i].name, scripts[i].script);
}

/* One entry a line, in libFuzzer's notation. */
static void
add_entry (GString *dict, const uint8_t *bytes, size_t size)
{
  g_string_append_c (dict, '"');
  for (size_t i = 0; i < size; i++)
    g_string_append_printf (dict, "\\x%02x", bytes[i]);
  g_string_append (dict, "\"\n");
}

/* Headers for frames, and steps with a whole message for a session. */
static void
make_dictionaries (const char *folder)
{
  g_autoptr (GString) frames = g_string_new ("# Headers. Made by make-seeds.\n");
  g_autoptr (GString) session = g_string_new ("# Steps. Made by make-seeds.\n");
  g_autofree char *frames_path = g_build_filename (folder, "..", "frames.dict", NULL);
  g_autofree char *session_path = g_build_filename (folder, "..", "session.dict", NULL);
  guint n;
  const ShoalMessage *samples = wire_samples (&n);

  for (guint i = 0; i < n; i++)
    {
      g_autoptr (GByteArray) frame = small_frame (&samples[i]);
      const uint8_t step[] = { 4, (uint8_t) i, 0, 16, (uint8_t) i, 0 };

      add_entry (frames, frame->data, SHOAL_FRAME_HEADER_SIZE);
      add_entry (session, step, 3);
      if (shoal_message_type_is_channel (samples[i].type))
        add_entry (session, step + 3, 3);
    }
  add_entry (session, (const uint8_t *) "\6\0\0", 3);
  add_entry (session, (const uint8_t *) "\7\0\0", 3);
  g_assert_true (g_file_set_contents (frames_path, frames->str, -1, NULL));
  g_assert_true (g_file_set_contents (session_path, session->str, -1, NULL));
}

int
main (int argc, char **argv)
{
  if (argc != 2)
    {
      g_printerr ("Usage: make-seeds FOLDER\n");
      return 2;
    }

  make_messages (argv[1]);
  make_session (argv[1]);
  make_pair (argv[1]);
  make_dictionaries (argv[1]);
  return 0;
}
