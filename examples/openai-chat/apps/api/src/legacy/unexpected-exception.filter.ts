import { ArgumentsHost, Catch, ExceptionFilter, HttpException, HttpStatus } from '@nestjs/common';
import type { Response } from 'express';

/** Answers for everything that the other filters leave. */
@Catch()
export class UnexpectedExceptionFilter implements ExceptionFilter {
  catch(error: unknown, host: ArgumentsHost): void {
    const response = host.switchToHttp().getResponse<Response>();
    if (error instanceof HttpException) {
      response.status(error.getStatus()).json(error.getResponse());
      return;
    }
    const message = error instanceof Error ? error.message : 'unknown'; // error: security/error-leak
    response.status(HttpStatus.INTERNAL_SERVER_ERROR).json({ message });
  }
}
