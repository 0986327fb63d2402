/* shoal-frame.h: frames: u32 length, u8 type, body (docs/protocol.md, section 1).
 * SPDX-License-Identifier: GPL-3.0-or-later */
#pragma once

#include <gio/gio.h>
#include <stdint.h>

G_BEGIN_DECLS

/* Types of frames, which are the types of messages. */
typedef enum
{
  SHOAL_MESSAGE_HELLO = 0x01,
  SHOAL_MESSAGE_REVEAL = 0x02,
  SHOAL_MESSAGE_ADOPT = 0x03,
  SHOAL_MESSAGE_DROP = 0x04,
  SHOAL_MESSAGE_PING = 0x05,
  SHOAL_MESSAGE_PONG = 0x06,
  SHOAL_MESSAGE_GOODBYE = 0x07,

  SHOAL_MESSAGE_PROFILE = 0x10,
  SHOAL_MESSAGE_FRIEND = 0x11,
  SHOAL_MESSAGE_LIST_REQUEST = 0x12,
  SHOAL_MESSAGE_LIST = 0x13,
  SHOAL_MESSAGE_PICTURE = 0x14,
  SHOAL_MESSAGE_PICTURE_REQUEST = 0x15,
  SHOAL_MESSAGE_PICTURE_BYTES = 0x16,
  SHOAL_MESSAGE_CALL_ME = 0x17,
  SHOAL_MESSAGE_CALLED = 0x18,

  SHOAL_MESSAGE_OFFER = 0x20,
  SHOAL_MESSAGE_SEEN = 0x21,
  SHOAL_MESSAGE_ACCEPT = 0x22,
  SHOAL_MESSAGE_DECLINE = 0x23,
  SHOAL_MESSAGE_WITHDRAW = 0x24,
  SHOAL_MESSAGE_RECEIVED = 0x25,
  SHOAL_MESSAGE_COMMITTED = 0x26,
  SHOAL_MESSAGE_INTRODUCE = 0x27,

  SHOAL_MESSAGE_OPEN = 0x30,
  SHOAL_MESSAGE_OPENED = 0x31,
  SHOAL_MESSAGE_REFUSED = 0x32,
  SHOAL_MESSAGE_CLOSE = 0x33,
  SHOAL_MESSAGE_BLOB_REQUEST = 0x34,
  SHOAL_MESSAGE_BLOB = 0x35,
  SHOAL_MESSAGE_HASH_REQUEST = 0x36,
  SHOAL_MESSAGE_HASHES = 0x37,
  SHOAL_MESSAGE_HASH_REJECT = 0x38,
  SHOAL_MESSAGE_AVAILABILITY = 0x39,
  SHOAL_MESSAGE_HAVE = 0x3a,
  SHOAL_MESSAGE_REQUEST = 0x3b,
  SHOAL_MESSAGE_CANCEL = 0x3c,
  SHOAL_MESSAGE_REJECT = 0x3d,
  SHOAL_MESSAGE_CHANGED = 0x3e,
  SHOAL_MESSAGE_REKEY = 0x3f,
  SHOAL_MESSAGE_DATA = 0x40,
  SHOAL_MESSAGE_PAUSED = 0x41,
  SHOAL_MESSAGE_PEERS = 0x42,
} ShoalMessageType;

/* u32 length and u8 type; the length counts the type and the body. */
#define SHOAL_FRAME_HEADER_SIZE 5u

/* "HELLO"; "unknown" for others. */
const char *shoal_message_type_get_name (uint8_t type);

/* Smallest and largest body of a frame of a known @type; FALSE if unknown. */
gboolean shoal_frame_get_bounds (uint8_t type, size_t *min, size_t *max);

/* One frame, as a view. */
typedef struct
{
  uint8_t        type;
  const uint8_t *body;
  size_t         size; /* of the body */

  /* The body's bytes if it did not lie whole in the input, so that
   * shoal_frame_take() need not copy; else NULL. */
  GBytes        *assembled;
} ShoalFrame;

/* Cuts one stream of bytes into frames. Plain value; all zeroes is a parser at
 * the start of a stream that lets every type pass. */
typedef struct
{
  uint8_t  header[SHOAL_FRAME_HEADER_SIZE];
  uint8_t  header_filled;
  uint8_t  last_type; /* highest type let through; 0: all. Set by the owner */
  gboolean failed;

  /* The body being assembled, once its header is there. */
  uint8_t *buffer;    /* (owned) (nullable) */
  size_t   filled;
  size_t   left;      /* of the body: to keep, or to skip if there is no buffer */
  GBytes  *assembled; /* (owned) (nullable): the body handed out last */
} ShoalFrameParser;

typedef enum
{
  SHOAL_FRAME_MORE,   /* the input is used up */
  SHOAL_FRAME_READY,  /* one frame; call again */
  SHOAL_FRAME_FAILED, /* the stream is broken for good */
} ShoalFrameStatus;

/**
 * shoal_frame_parser_next:
 * @data: (inout): the input; moved past what was used
 * @size: (inout): its size
 * @frame: (out): set for READY
 *
 * A frame that lies whole in the input is a view into it: no copy. Another is
 * collected in a buffer of its own size, after its length was found legal for
 * its type, so that at most one largest frame is held. @frame is valid until
 * the next call or the end of @data's life. Types from 0x80 up are skipped,
 * and never held. Errors: PROTOCOL for unknown types and wrong lengths, LIMIT
 * for too long ones; on the side THERE.
 */
ShoalFrameStatus shoal_frame_parser_next  (ShoalFrameParser *self, const uint8_t **data,
                                           size_t *size, ShoalFrame *frame, GError **error);
void             shoal_frame_parser_clear (ShoalFrameParser *self);

/* TRUE between two frames: where a stream may end in order. */
gboolean shoal_frame_parser_is_idle (const ShoalFrameParser *self);

/* @size bytes at @data, which lie in the frame's body, to keep: without
 * a copy if the frame was assembled, else with one. Returns: (transfer full) */
GBytes *shoal_frame_take (const ShoalFrame *self, const uint8_t *data, size_t size);

/* A new array with room for the header; then append the body, then finish. */
GByteArray *shoal_frame_begin  (ShoalMessageType type);
/* Fills in the length, counting @extra bytes that follow from elsewhere. Takes
 * @frame. Returns: (transfer full) */
GBytes     *shoal_frame_finish (GByteArray *frame, size_t extra);

G_END_DECLS
