//go:build !purego

#include "textflag.h"

// SHA-256 as in Intel's "New Instructions Supporting the Secure Hash Algorithm" (2013), for two messages in turns.

// Of each message: its state, as ABEF and CDGH, and the 16 words that come next.
#define A0 X1
#define A1 X2
#define AM0 X3
#define AM1 X4
#define AM2 X5
#define AM3 X6
#define B0 X7
#define B1 X8
#define BM0 X9
#define BM1 X10
#define BM2 X11
#define BM3 X12
#define T X13
#define FLIP X14

// Four rounds with the words of M.
#define ROUNDS(k, M, S0, S1) \
	MOVOA M, X0; \
	PADDD (k*16)(AX), X0; \
	SHA256RNDS2 X0, S0, S1; \
	PSHUFD $0x0e, X0, X0; \
	SHA256RNDS2 X0, S1, S0

#define LOAD(at, P, M) \
	MOVOU at(P), M; \
	PSHUFB FLIP, M

// The words after M3, into M0: W.
#define NEXT(M0, M2, M3) \
	MOVOA M3, T; \
	PALIGNR $4, M2, T; \
	PADDD T, M0; \
	SHA256MSG2 M3, M0

#define FIRST(k, at, AM, BM) \
	LOAD(at, SI, AM); \
	LOAD(at, DX, BM); \
	ROUNDS(k, AM, A0, A1); \
	ROUNDS(k, BM, B0, B1)

#define MIDDLE(k, AM0, AM1, AM2, AM3, BM0, BM1, BM2, BM3) \
	ROUNDS(k, AM3, A0, A1); \
	NEXT(AM0, AM2, AM3); \
	SHA256MSG1 AM3, AM2; \
	ROUNDS(k, BM3, B0, B1); \
	NEXT(BM0, BM2, BM3); \
	SHA256MSG1 BM3, BM2

#define UNPACK(P, S0, S1) \
	MOVOU (P), S0; \
	MOVOU 16(P), S1; \
	PSHUFD $0xb1, S0, S0; \
	PSHUFD $0x1b, S1, S1; \
	MOVOA S0, T; \
	PALIGNR $8, S1, S0; \
	PBLENDW $0xf0, T, S1

#define PACK(P, S0, S1) \
	PSHUFD $0x1b, S0, S0; \
	PSHUFD $0xb1, S1, S1; \
	MOVOA S0, T; \
	PBLENDW $0xf0, S1, S0; \
	PALIGNR $8, T, S1; \
	MOVOU S0, (P); \
	MOVOU S1, 16(P)

// func pair(a, b *[8]uint32, p, q *byte, blocks int)
TEXT ·pair(SB), NOSPLIT, $64-40
	MOVQ a+0(FP), DI
	MOVQ b+8(FP), R8
	MOVQ p+16(FP), SI
	MOVQ q+24(FP), DX
	MOVQ blocks+32(FP), CX
	LEAQ k<>(SB), AX
	MOVOU flip<>(SB), FLIP
	UNPACK(DI, A0, A1)
	UNPACK(R8, B0, B1)

loop:
	MOVOU A0, 0(SP)
	MOVOU A1, 16(SP)
	MOVOU B0, 32(SP)
	MOVOU B1, 48(SP)
	FIRST(0, 0, AM0, BM0)
	FIRST(1, 16, AM1, BM1)
	SHA256MSG1 AM1, AM0
	SHA256MSG1 BM1, BM0
	FIRST(2, 32, AM2, BM2)
	SHA256MSG1 AM2, AM1
	SHA256MSG1 BM2, BM1
	LOAD(48, SI, AM3)
	LOAD(48, DX, BM3)
	MIDDLE(3, AM0, AM1, AM2, AM3, BM0, BM1, BM2, BM3)
	MIDDLE(4, AM1, AM2, AM3, AM0, BM1, BM2, BM3, BM0)
	MIDDLE(5, AM2, AM3, AM0, AM1, BM2, BM3, BM0, BM1)
	MIDDLE(6, AM3, AM0, AM1, AM2, BM3, BM0, BM1, BM2)
	MIDDLE(7, AM0, AM1, AM2, AM3, BM0, BM1, BM2, BM3)
	MIDDLE(8, AM1, AM2, AM3, AM0, BM1, BM2, BM3, BM0)
	MIDDLE(9, AM2, AM3, AM0, AM1, BM2, BM3, BM0, BM1)
	MIDDLE(10, AM3, AM0, AM1, AM2, BM3, BM0, BM1, BM2)
	MIDDLE(11, AM0, AM1, AM2, AM3, BM0, BM1, BM2, BM3)
	MIDDLE(12, AM1, AM2, AM3, AM0, BM1, BM2, BM3, BM0)
	MIDDLE(13, AM2, AM3, AM0, AM1, BM2, BM3, BM0, BM1)
	MIDDLE(14, AM3, AM0, AM1, AM2, BM3, BM0, BM1, BM2)
	ROUNDS(15, AM3, A0, A1)
	ROUNDS(15, BM3, B0, B1)
	MOVOU 0(SP), T
	PADDD T, A0
	MOVOU 16(SP), T
	PADDD T, A1
	MOVOU 32(SP), T
	PADDD T, B0
	MOVOU 48(SP), T
	PADDD T, B1
	ADDQ $64, SI
	ADDQ $64, DX
	DECQ CX
	JNZ loop
	PACK(DI, A0, A1)
	PACK(R8, B0, B1)
	RET

DATA flip<>+0(SB)/8, $0x0405060700010203
DATA flip<>+8(SB)/8, $0x0c0d0e0f08090a0b
GLOBL flip<>(SB), RODATA|NOPTR, $16

DATA k<>+0(SB)/8, $0x71374491428a2f98
DATA k<>+8(SB)/8, $0xe9b5dba5b5c0fbcf
DATA k<>+16(SB)/8, $0x59f111f13956c25b
DATA k<>+24(SB)/8, $0xab1c5ed5923f82a4
DATA k<>+32(SB)/8, $0x12835b01d807aa98
DATA k<>+40(SB)/8, $0x550c7dc3243185be
DATA k<>+48(SB)/8, $0x80deb1fe72be5d74
DATA k<>+56(SB)/8, $0xc19bf1749bdc06a7
DATA k<>+64(SB)/8, $0xefbe4786e49b69c1
DATA k<>+72(SB)/8, $0x240ca1cc0fc19dc6
DATA k<>+80(SB)/8, $0x4a7484aa2de92c6f
DATA k<>+88(SB)/8, $0x76f988da5cb0a9dc
DATA k<>+96(SB)/8, $0xa831c66d983e5152
DATA k<>+104(SB)/8, $0xbf597fc7b00327c8
DATA k<>+112(SB)/8, $0xd5a79147c6e00bf3
DATA k<>+120(SB)/8, $0x1429296706ca6351
DATA k<>+128(SB)/8, $0x2e1b213827b70a85
DATA k<>+136(SB)/8, $0x53380d134d2c6dfc
DATA k<>+144(SB)/8, $0x766a0abb650a7354
DATA k<>+152(SB)/8, $0x92722c8581c2c92e
DATA k<>+160(SB)/8, $0xa81a664ba2bfe8a1
DATA k<>+168(SB)/8, $0xc76c51a3c24b8b70
DATA k<>+176(SB)/8, $0xd6990624d192e819
DATA k<>+184(SB)/8, $0x106aa070f40e3585
DATA k<>+192(SB)/8, $0x1e376c0819a4c116
DATA k<>+200(SB)/8, $0x34b0bcb52748774c
DATA k<>+208(SB)/8, $0x4ed8aa4a391c0cb3
DATA k<>+216(SB)/8, $0x682e6ff35b9cca4f
DATA k<>+224(SB)/8, $0x78a5636f748f82ee
DATA k<>+232(SB)/8, $0x8cc7020884c87814
DATA k<>+240(SB)/8, $0xa4506ceb90befffa
DATA k<>+248(SB)/8, $0xc67178f2bef9a3f7
GLOBL k<>(SB), RODATA|NOPTR, $256
