/** Problem is an error in the words of the API that gave it, and what a person can do. */
export interface Problem {
  code: string;
  message: string;
  advice?: string;
  requestId?: string;
}

/** ApiError is an error answer of Warmfront's own operations. */
export class ApiError extends Error {
  constructor(
    readonly code: string,
    message: string,
    readonly status: number,
  ) {
    super(message);
    this.name = code;
  }
}

/** advice says, by the API's code, what usually helps. */
const advice: Record<string, string> = {
  AccessDenied: 'This access key may not do that. Sign in with one that may, or have its permissions widened.',
  ExpiredToken: 'The session has ended. Try again, and sign in.',
  ExpiredTokenException: 'The session has ended. Try again, and sign in.',
  InvalidAccessKeyId: 'Compare the access key id with the output of “warmfront env”.',
  InvalidClientTokenId: 'Compare the access key id with the output of “warmfront env”.',
  SignatureDoesNotMatch:
    'Compare the secret access key with the output of “warmfront env”, and this computer’s clock with the server’s.',
  RequestTimeTooSkewed: 'Set this computer’s clock; it differs from the server’s by more than the signature allows.',
  BucketAlreadyExists: 'Choose another name.',
  BucketAlreadyOwnedByYou: 'The bucket is yours already; open it, or choose another name.',
  BucketNotEmpty: 'Delete the bucket’s objects first.',
  InvalidConsoleLink: 'A link works once, for five minutes. Run “warmfront console” for another, or sign in with an access key.',
  NoSuchBucket: 'It may have been deleted meanwhile. Reload the list.',
  NoSuchKey: 'It may have been deleted meanwhile. Reload the list.',
  NoSuchUpload: 'The upload was ended elsewhere. Start it again.',
  MalformedPolicy: 'Correct the policy’s JSON as the message says; nothing was changed.',
  PreconditionFailed: 'Somebody else changed it meanwhile. Reload, and make your change again.',
  InvalidIfMatchVersion: 'Somebody else changed it meanwhile. Reload, and make your change again.',
  TooManyKeyPairs: 'An account has at most two active key pairs. Deactivate one first.',
  PublicKeyInUse: 'Take the key out of its key groups first.',
  ResourceInUse: 'Take the key group out of the distributions that trust it first.',
  DistributionNotDisabled: 'Disable the distribution, and delete it when it is Deployed.',
  CNAMEAlreadyExists: 'Remove the alias from the distribution that has it first.',
  ServiceUnavailable: 'The server is starting or its state does not answer. Try again.',
  SlowDown: 'Try again in a moment.',
  NetworkError: 'Is the server running, and reachable from here?',
};

interface SdkError extends Error {
  Code?: string;
  $metadata?: { httpStatusCode?: number; requestId?: string };
}

/** describe reads any thrown value as a Problem. */
export function describe(thrown: unknown): Problem {
  if (!(thrown instanceof Error)) return { code: 'Error', message: String(thrown) };
  const e = thrown as SdkError;
  if (e instanceof TypeError && /fetch|network/i.test(e.message)) {
    return { code: 'NetworkError', message: 'The server did not answer.', advice: advice['NetworkError'] };
  }
  const code = e.Code ?? e.name;
  return {
    code: code === 'Error' || code === 'UnknownError' ? `HTTP ${e.$metadata?.httpStatusCode ?? 'error'}` : code,
    message: e.message || 'The server gave no message.',
    advice: advice[code],
    requestId: e.$metadata?.requestId,
  };
}

/** isExpired reports whether an error means that the session has ended. */
export function isExpired(thrown: unknown): boolean {
  return thrown instanceof Error && /^ExpiredToken(Exception)?$/.test((thrown as SdkError).Code ?? thrown.name);
}

/** isAborted reports whether an error means that the request was given up by the page. */
export function isAborted(thrown: unknown): boolean {
  return thrown instanceof Error && thrown.name === 'AbortError';
}
